#!/bin/sh
# A certificate authority, a server certificate for localhost and 127.0.0.1, and two that must not be trusted.
# usage: certificates.sh DIR
set -eu
mkdir -p "$1"
cd "$1"
key() { openssl ecparam -name prime256v1 -genkey -noout -out "$1"; }
authority() {
  key "$1.key"
  openssl req -x509 -new -key "$1.key" -days 3650 -subj "/CN=$2" -addext "basicConstraints=critical,CA:TRUE" \
    -addext "keyUsage=critical,keyCertSign,cRLSign" -out "$1.pem"
}
# certificate NAME SUBJECT_ALT_NAMES AUTHORITY DAYS
certificate() {
  key "$1.key"
  openssl req -new -key "$1.key" -subj "/CN=$1" -out "$1.csr"
  printf 'subjectAltName=%s\nbasicConstraints=CA:FALSE\nextendedKeyUsage=serverAuth\n' "$2" > "$1.ext"
  openssl x509 -req -in "$1.csr" -CA "$3.pem" -CAkey "$3.key" -CAcreateserial -days "$4" -extfile "$1.ext" -out "$1.pem"
}
authority ca "Autoridad de prueba"
authority stranger "Autoridad ajena"
certificate server "DNS:localhost,IP:127.0.0.1" ca 3650
certificate other-name "DNS:otro.magdalena.test" ca 3650
# One that signs itself, and one of the right authority whose time is over.
key itself.key
openssl req -x509 -new -key itself.key -days 3650 -subj "/CN=localhost" -addext "subjectAltName=DNS:localhost" -out itself.pem
certificate expired "DNS:localhost" ca 1
: > index.txt
printf '[ca]\ndefault_ca=d\n[d]\ndatabase=index.txt\nrand_serial=yes\nnew_certs_dir=.\ncertificate=ca.pem\nprivate_key=ca.key\ndefault_md=sha256\npolicy=p\n[p]\ncommonName=supplied\n' > ca.conf
openssl ca -batch -notext -config ca.conf -startdate 200101000000Z -enddate 200201000000Z -extfile expired.ext -in expired.csr -out expired.pem
