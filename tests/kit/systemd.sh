#!/bin/sh
# A systemd of its own as PID 1 of namespaces, over this machine's files and with nothing written to them: it runs COMMAND as a
# service; what that says goes to FOLDER/out, and its end to FOLDER/rc. Root only.
#
#   systemd.sh FOLDER SEEN COMMAND...      SEEN is a folder that COMMAND needs, wherever it is mounted
set -eu
FOLDER=$1 SEEN=$2
shift 2
export FOLDER SEEN COMMAND="$*"
exec unshare --pid --fork --kill-child --mount --cgroup --uts --ipc --propagation private sh -eu -c '
root=$FOLDER/layers/root
mkdir "$FOLDER/layers"
mount -t tmpfs tmpfs "$FOLDER/layers"
mkdir "$FOLDER/layers/upper" "$FOLDER/layers/work" "$root"
mount -t overlay overlay -o "lowerdir=/,upperdir=$FOLDER/layers/upper,workdir=$FOLDER/layers/work" "$root"
mount -t proc proc "$root/proc"
mount -t sysfs sysfs "$root/sys"
mount -t cgroup2 cgroup2 "$root/sys/fs/cgroup"
mount --rbind /dev "$root/dev"
mount -t tmpfs tmpfs "$root/run"
for folder in "$SEEN" "$FOLDER"; do mkdir -p "$root$folder"; mount --bind "$folder" "$root$folder"; done
mount -o remount,bind,ro "$root$SEEN"
units=$root/run/systemd/system
mkdir -p "$units"
for unit in systemd-udevd.service systemd-udevd-control.socket systemd-udevd-kernel.socket systemd-udev-trigger.service \
    systemd-modules-load.service systemd-timesyncd.service systemd-remount-fs.service systemd-sysctl.service \
    systemd-tmpfiles-setup-dev.service systemd-tmpfiles-setup.service systemd-tmpfiles-clean.timer dev-hugepages.mount dev-mqueue.mount; do ln -s /dev/null "$units/$unit"; done
printf "#!/bin/sh\n%s\n" "$COMMAND" > "$FOLDER/command"
cat > "$units/job.service" <<UNIT
[Unit]
After=basic.target
[Service]
Type=oneshot
Environment=HOME=/root PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
ExecStart=/bin/sh -c "sh $FOLDER/command > $FOLDER/out 2>&1; echo \$\$? > $FOLDER/rc"
ExecStopPost=/bin/systemctl exit --force --force 0
UNIT
printf "[Unit]\nRequires=sysinit.target dbus.socket job.service\n" > "$units/job.target"
export container=other
# Not by chroot: from within one nobody may make the user namespaces that PrivateUsers= wants.
cd "$root"
pivot_root . .
umount -l .
# What systemd mounts for a service in a child of its own must come back to it: credentials above all.
mount --make-rshared /
exec /lib/systemd/systemd --unit=job.target --log-target=console
'
