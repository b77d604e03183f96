//! What a monitoring mail says of its alarm: that it begins, that it is over, or only a word on it; and which alarm it is.
//!
//! By the subjects that the systems write: Zabbix, Nagios, Icinga, Checkmk, PRTG, APC, Veeam, and scripts in words like theirs.
use crate::spanish::fold::fold;

/// What the mail says of the alarm.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Signal {
    Begins,
    Over,
    /// Somebody took note of it, it is in maintenance: nothing has begun or ended.
    Noted,
}

/// Words that say «over» whatever else stands beside them: «Resolved: Disk error on srv-1».
const OVER: &[&str] = &[
    "resolved",
    "recovery",
    "recovered",
    "resuelto",
    "resuelta",
    "recuperado",
    "recuperada",
    "down ended",
    "warning ended",
    "no longer on battery",
    "restored",
    "restablecido",
    "restablecida",
    "restaurado",
    "normalizado",
    "unlocked",
    "desbloqueada",
    "flappingstop",
    "flappingend",
    "back online",
    "come online",
    "came online",
];
/// Words that say «over» unless something fails.
const WELL: &[&str] =
    &["is up", "is ok", "now up", "success", "successful", "exitosa", "exitoso", "arriba", "on normal ac"];
const BAD: &[&str] =
    &["fail", "failed", "failure", "fallo", "fallida", "fallido", "error", "errores", "no", "not", "without"];
/// Words that only comment on an alarm.
const NOTED: &[&str] = &[
    "acknowledgement",
    "acknowledged",
    "updated problem",
    "downtimestart",
    "downtimeend",
    "downtimecancelled",
    "downtimeremoved",
    "paused",
];
/// How a subject begins whose name follows the colon: «Resolved in 5m 3s: Disk full», «** PROBLEM Service Alert: web/HTTP».
const HEADS: &[&str] =
    &["problem", "resolved", "recovery", "updated problem", "resuelto", "problema", "acknowledgement"];
/// Where the name of a PRTG sensor ends: the state follows, and a message that differs.
const STATES: &[&str] =
    &[" down ended", " warning ended", " down (", " warning (", " unusual (", " up (", " acknowledged", " paused"];
/// Words that tell the state, or how often, and not which alarm it is.
const STATE_WORDS: &[&str] = &[
    "problem",
    "problema",
    "recovery",
    "recovered",
    "resolved",
    "resuelto",
    "resuelta",
    "recuperado",
    "recuperada",
    "restored",
    "restablecido",
    "restablecida",
    "restaurado",
    "normalizado",
    "acknowledgement",
    "acknowledged",
    "flappingstart",
    "flappingstop",
    "flappingend",
    "downtimestart",
    "downtimeend",
    "downtimecancelled",
    "downtimeremoved",
    "alert",
    "alerta",
    "alarma",
    "is",
    "up",
    "down",
    "ok",
    "critical",
    "warning",
    "unknown",
    "unreachable",
    "escalation",
    "failed",
    "success",
    "successful",
    "error",
    "locked",
    "unlocked",
    "out",
    "caido",
    "caida",
    "arriba",
    "fallida",
    "fallido",
    "exitosa",
    "exitoso",
    "has",
    "have",
    "gone",
    "went",
    "come",
    "came",
    "back",
    "offline",
    "online",
];
/// What is counted in a backup's subject: «(8 objects) 1 failed».
const COUNTED: &[&str] =
    &["object", "objects", "machine", "machines", "vm", "vms", "failed", "warning", "error", "retry"];

pub fn signal(subject: &str) -> Signal {
    let said = spaced(&words(subject));
    let any = |list: &[&str]| list.iter().any(|phrase| said.contains(&format!(" {phrase} ")));
    match (any(NOTED), any(OVER), any(WELL) && !any(BAD)) {
        (true, _, _) => Signal::Noted,
        (false, true, _) | (false, false, true) => Signal::Over,
        (false, false, false) => Signal::Begins,
    }
}

/// Do two mails of one sender, each by its subject and text, tell of the same alarm?
pub fn is_same(one: (&str, &str), other: (&str, &str)) -> bool {
    let by_number = problem_number(one.1).is_some_and(|number| problem_number(other.1) == Some(number));
    let name = name(one.0);
    by_number || !name.is_empty() && name == self::name(other.0)
}

/// The words of the subject that stay the same from the alarm's begin to its end.
fn name(subject: &str) -> Vec<String> {
    let folded = fold(subject);
    let after_head = folded.split_once(": ").filter(|(head, _)| {
        let head = spaced(&words(head));
        HEADS.iter().any(|known| head.starts_with(&format!(" {known} ")))
    });
    let rest = after_head.map_or(folded.as_str(), |(_, rest)| rest);
    let end = STATES.iter().filter_map(|state| rest.find(state)).min().unwrap_or(rest.len());
    let words = words(rest.get(..end).unwrap_or(rest));
    let has = |word: &str| words.iter().any(|w| w == word);
    // A UPS tells of the same failure of the mains in many words.
    if has("ups") && ["battery", "utility", "power", "bateria", "energia"].iter().any(|word| has(word)) {
        return vec!["ups".to_owned()];
    }
    let next = words.iter().skip(1).map(String::as_str).chain(std::iter::once(""));
    let is_count = |word: &str, next: &str| word.chars().all(|c| c.is_ascii_digit()) && COUNTED.contains(&next);
    let kept = words.iter().zip(next).filter(|(word, next)| !is_count(word, next));
    let kept = kept.map(|(word, _)| word).filter(|word| !STATE_WORDS.contains(&word.as_str()));
    kept.filter(|word| !COUNTED.contains(&word.as_str())).cloned().collect()
}

/// «Original problem ID: 88123», as Zabbix counts its alarms.
fn problem_number(text: &str) -> Option<u64> {
    let label = "original problem id:";
    let line = text.lines().find_map(|line| {
        let line = line.trim();
        line.get(..label.len()).filter(|start| start.eq_ignore_ascii_case(label)).and(line.get(label.len()..))
    });
    line.and_then(|number| number.trim().parse().ok())
}

/// Folded, without marks: names of hosts («sw-palacio-p3», «srv.local») stay whole.
fn words(text: &str) -> Vec<String> {
    let folded = fold(text);
    let words = folded.split(|c: char| !(c.is_alphanumeric() || matches!(c, '-' | '_' | '.' | '\\' | '%')));
    let words = words.map(|word| word.trim_matches(['-', '.', '_']));
    words.filter(|word| !word.is_empty()).map(str::to_owned).collect()
}

fn spaced(words: &[String]) -> String {
    format!(" {} ", words.join(" "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_end_of_an_alarm_is_told_from_its_begin() {
        for (begin, end) in [
            ("Problem: Unavailable by ICMP ping - SW-P3", "Resolved in 27m 30s: Unavailable by ICMP ping - SW-P3"),
            ("Problem: Disk error on srv-1", "Resolved: Disk error on srv-1"),
            (
                "** PROBLEM Service Alert: web-01/HTTPS is CRITICAL **",
                "** RECOVERY Service Alert: web-01/HTTPS is OK **",
            ),
            ("** PROBLEM Host Alert: sw-424-p2 is DOWN **", "** RECOVERY Host Alert: sw-424-p2 is UP **"),
            ("[PROBLEM] disk on srv-1 is CRITICAL!", "[RECOVERY] disk on srv-1 is OK!"),
            ("*** PROBLEM *** srv-1 is DOWN", "*** RECOVERY *** srv-1 is UP"),
            (
                "[PRTG Network Monitor (PRTG-GOB)] Enlace (Ping) Down (Request timed out)",
                "[PRTG Network Monitor (PRTG-GOB)] Enlace (Ping) Down ended (now: Up)",
            ),
            ("UPS: On battery power in response to an input power problem.", "UPS: No longer on battery power."),
            ("UPS: low battery - shutdown pending", "UPS: Utility power restored"),
            ("[Failed] Respaldo_Diario (8 objects) 1 failed", "[Success] Respaldo_Diario (8 objects)"),
            ("Host sw-3 caído", "Host sw-3 restablecido"),
            ("[Magdalena] The MX Palacio has gone offline", "[Magdalena] The MX Palacio has come back online"),
            ("Account Locked Out: GOB\\mospino", "Account Unlocked: GOB\\mospino"),
            ("Copia de seguridad fallida: Contratos", "Copia de seguridad exitosa: Contratos"),
        ] {
            assert_eq!((signal(begin), signal(end)), (Signal::Begins, Signal::Over), "{begin} | {end}");
            assert!(is_same((begin, ""), (end, "")), "{:?} {:?}", name(begin), name(end));
        }
    }

    #[test]
    fn other_alarms_are_others() {
        for (one, other) in [
            ("Problem: Unavailable by ICMP ping - SW-P3", "Resolved in 1m: Unavailable by ICMP ping - SW-P4"),
            ("** PROBLEM Service Alert: web-01/HTTPS is CRITICAL **", "** RECOVERY Host Alert: web-01 is UP **"),
            ("Problem: Disk 1 full", "Resolved: Disk 2 full"),
            ("", ""),
        ] {
            assert!(!is_same((one, ""), (other, "")), "{one} | {other}");
        }
        let number = "Host: a\nOriginal problem ID: 77";
        assert!(is_same(("Problem: a", number), ("Resuelto: b", "Original problem ID: 77\n")));
        assert!(!is_same(("Problem: a", number), ("Resuelto: b", "Original problem ID: 7")));
    }

    #[test]
    fn a_word_on_an_alarm_is_no_alarm() {
        for (subject, said) in [
            ("** ACKNOWLEDGEMENT Host Alert: sw-1 is DOWN **", Signal::Noted),
            ("Updated problem in 5m: Disk full", Signal::Noted),
            ("[NAS] La copia no fue exitosa", Signal::Begins),
            ("Backup not successful", Signal::Begins),
            ("vzdump backup status (pve02): backup failed", Signal::Begins),
            ("[ALERTA] Amenaza no eliminada en JUR-PC-014", Signal::Begins),
        ] {
            assert_eq!(signal(subject), said, "{subject}");
        }
    }
}
