//! TLS as we want it: ring, versions 1.2 and 1.3, the machine's authorities and perhaps one of the office's own.
use std::io;
use std::path::Path;
use std::sync::Arc;

use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::pki_types::pem::PemObject;
use tokio_rustls::rustls::pki_types::{CertificateDer, ServerName};
use tokio_rustls::rustls::{self, AlertDescription, CertificateError, ClientConfig, ProtocolVersion, RootCertStore};

use crate::net::endpoint::Endpoint;
use crate::net::fault::{Fault, Kind};

/// The handshake, and whether the server is who the configuration says.
pub(crate) async fn protect(tcp: TcpStream, to: &Endpoint) -> Result<Box<TlsStream<TcpStream>>, Fault> {
    let name = ServerName::try_from(to.host.clone())
        .map_err(|_| Fault::new(Kind::Local, format!("«{}» no es el nombre de un servidor.", to.host)))?;
    let config = config(to.ca.as_deref())?;
    let line = TlsConnector::from(Arc::new(config)).connect(name, tcp).await;
    line.map(Box::new).map_err(|error| distrust(to, &error))
}

/// «1.3», for who asks how the line is protected.
pub(crate) fn version(line: &TlsStream<TcpStream>) -> &'static str {
    match line.get_ref().1.protocol_version() {
        Some(ProtocolVersion::TLSv1_3) => "1.3",
        Some(ProtocolVersion::TLSv1_2) => "1.2",
        _ => "desconocida",
    }
}

fn config(ca: Option<&Path>) -> Result<ClientConfig, Fault> {
    let mut roots = RootCertStore::empty();
    // A certificate of the machine that cannot be read is one authority less, not a failure.
    roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
    if let Some(path) = ca {
        add(&mut roots, path)?;
    }
    if roots.is_empty() {
        let what = "Esta máquina no tiene autoridades de certificación: instale el paquete ca-certificates, o escriba `ca` en la \
                    configuración.";
        return Err(Fault::new(Kind::Local, what));
    }
    let builder = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .map_err(|error| Fault::new(Kind::Local, format!("No se puede preparar TLS: {error}.")))?;
    Ok(builder.with_root_certificates(roots).with_no_client_auth())
}

fn add(roots: &mut RootCertStore, path: &Path) -> Result<(), Fault> {
    let bad = |why: String| {
        Fault::new(
            Kind::Local,
            format!("No se puede usar el certificado {}: {why}. Debe ser un archivo PEM.", path.display()),
        )
    };
    let before = roots.len();
    for certificate in CertificateDer::pem_file_iter(path).map_err(|error| bad(error.to_string()))? {
        let certificate = certificate.map_err(|error| bad(error.to_string()))?;
        roots.add(certificate).map_err(|error| bad(error.to_string()))?;
    }
    if roots.len() == before { Err(bad("no contiene ninguno".to_owned())) } else { Ok(()) }
}

fn distrust(to: &Endpoint, error: &io::Error) -> Fault {
    let Some(reason) = error.get_ref().and_then(|inner| inner.downcast_ref::<rustls::Error>()) else {
        return Fault::line(&to.to_string(), error);
    };
    let why = match reason {
        rustls::Error::InvalidCertificate(CertificateError::UnknownIssuer) => {
            "lo firmó una autoridad desconocida; si es la de la entidad, escriba su archivo en `ca`".to_owned()
        }
        rustls::Error::InvalidCertificate(
            CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. },
        ) => format!("no es de «{}»; escriba en `host` el nombre que el certificado dice", to.host),
        rustls::Error::InvalidCertificate(CertificateError::Expired | CertificateError::ExpiredContext { .. }) => {
            "está vencido; hay que renovarlo en el servidor".to_owned()
        }
        // The library has no name of its own for it.
        rustls::Error::InvalidCertificate(CertificateError::Other(other))
            if format!("{other:?}").contains("CaUsedAsEndEntity") =>
        {
            "se firmó a sí mismo, como si fuera una autoridad; pida uno que firme la de la entidad u otra conocida"
                .to_owned()
        }
        rustls::Error::PeerIncompatible(_) | rustls::Error::AlertReceived(AlertDescription::ProtocolVersion) => {
            let what =
                format!("{to} ofrece una versión vieja de TLS, que no protege: hay que actualizar ese servidor.");
            return Fault::new(Kind::Untrusted, what);
        }
        other => return Fault::new(Kind::Untrusted, format!("No se puede proteger la conexión con {to}: {other}.")),
    };
    Fault::new(Kind::Untrusted, format!("No se confía en {to}: su certificado {why}."))
}
