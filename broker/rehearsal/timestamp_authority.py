"""A timestamp authority for rehearsals and tests: real RFC 3161 answers, under a root that is made at its first start.

`POST /` a timestamp request · `POST /_orders {"fault": …}` · `GET /health` · `GET /healthz?token=`
Faults: `down` (HTTP 503), `slow`, `wrong_nonce`, `wrong_digest`, `garbage`, `an_hour_off`; an empty one ends the fault.
"""

import json
import secrets
import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Self

from asn1crypto import cms, core, keys, tsp
from asn1crypto import x509 as asn1_x509
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID
from pyhanko.sign.general import as_signing_certificate
from pyhanko.sign.timestamps.dummy_client import DummyTimeStamper
from pyhanko_certvalidator.registry import SimpleCertificateStore

from broker.rehearsal.serving import HttpServer, Reply, Request, parser, serve_until_told

NAME = "timestamp_authority"
ROOT_NAME, KEPT_NAME = "timestamp.root.pem", "timestamp.kept.pem"
FAULTS = ("", "down", "slow", "wrong_nonce", "wrong_digest", "garbage", "an_hour_off")
SLOW_SECONDS = 30.0
LARGEST_REQUEST = 16 * 1024
# The asker's choice, as pyHanko's helper has it; it stamps a weak letter too, which others then refuse.
ALGORITHMS = {"sha1": hashes.SHA1(), "sha256": hashes.SHA256(), "sha384": hashes.SHA384(), "sha512": hashes.SHA512()}


class _Stamper(DummyTimeStamper):
    """pyHanko's helper, which would load and check its key anew for each stamp: longer than all else that it does."""

    def __init__(self, certificate: asn1_x509.Certificate, key: rsa.RSAPrivateKey, store: SimpleCertificateStore):
        private = keys.PrivateKeyInfo.load(_private(key, serialization.Encoding.DER))
        super().__init__(certificate, private, certs_to_embed=store)
        self._key = key

    def _sign_tst_info(self, info: bytes, digest: str, moment: datetime) -> tuple[bytes, cms.CMSAttributes]:
        """Sign the token's content (RFC 3161, section 2.4.2) and give the attributes that were signed with it."""
        algorithm = ALGORITHMS[digest]
        over = hashes.Hash(algorithm)
        over.update(info)
        named = {
            "content_type": "tst_info",
            "signing_time": cms.Time({"utc_time": core.UTCTime(moment)}),
            "signing_certificate": as_signing_certificate(self.tsa_cert),
            "message_digest": over.finalize(),
        }
        attributes = cms.CMSAttributes([{"type": name, "values": (value,)} for name, value in named.items()])
        return self._key.sign(attributes.dump(), PKCS1v15(), algorithm), attributes


class TimestampAuthority:
    """The played authority; use it in a `with` block, or `start` and `stop` it."""

    def __init__(
        self,
        *,
        port: int = 0,
        token: str = "",
        fault: str = "",
        root_file: Path | None = None,
        kept: Path | None = None,
    ) -> None:
        """`kept`: where key and certificates lie from one start to the next; a stamp is for longer than a process."""
        self.token, self.fault, self.asked = token, fault, 0
        self._stamper, self.root_pem = _stamper(kept)
        self._http, self._stopping = HttpServer(self._serve, port=port), threading.Event()
        self.url = f"{self._http.url}/"
        if root_file is not None:
            root_file.parent.mkdir(parents=True, exist_ok=True)
            root_file.write_bytes(self.root_pem)

    def start(self) -> Self:
        """Begin to serve."""
        self._http.start()
        return self

    def stop(self) -> None:
        """Stop serving, also those who are kept waiting."""
        self._stopping.set()
        self._http.stop()

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, *error: object) -> None:
        self.stop()

    def facts(self) -> dict[str, Any]:
        """Give the port."""
        return {"name": NAME, "http": self._http.port}

    def _serve(self, request: Request) -> Reply:
        if request.method == "GET":
            return self._health(request)
        if request.method != "POST" or len(request.body) > LARGEST_REQUEST:
            return Reply(400, {"detail": "not a timestamp request"})
        if request.path == "/_orders":
            return self._order(request)
        self.asked += 1
        if self.fault == "down":
            return Reply(503, {"detail": "out of order"})
        try:
            return Reply(body=self._answer(request.body), headers={"Content-Type": "application/timestamp-reply"})
        except (ValueError, TypeError, KeyError):
            return Reply(400, {"detail": "not a timestamp request"})

    def _health(self, request: Request) -> Reply:
        if request.path == "/health":
            return Reply(body={"name": NAME, "token": self.token})
        if request.path == "/healthz" and secrets.compare_digest(request.first("token"), self.token):
            return Reply(body={"name": NAME, "token": self.token})
        return Reply(404, {"detail": "no such page"})

    def _order(self, request: Request) -> Reply:
        try:
            fault = request.json()["fault"]
        except (json.JSONDecodeError, KeyError, TypeError):
            fault = None
        if fault not in FAULTS:
            return Reply(400, {"detail": "no such fault"})
        self.fault = fault
        return Reply(body={"fault": fault})

    def _answer(self, body: bytes) -> bytes:
        if self.fault == "slow":
            self._stopping.wait(SLOW_SECONDS)
        if self.fault == "garbage":
            return b"<html>welcome</html>"
        request = tsp.TimeStampReq.load(body, strict=True)
        if self.fault == "wrong_nonce":
            request["nonce"] = request["nonce"].native + 1
        if self.fault == "wrong_digest":
            imprint = {"hash_algorithm": {"algorithm": "sha256"}, "hashed_message": bytes(32)}
            request["message_imprint"] = tsp.MessageImprint(imprint)
        self._stamper.fixed_dt = datetime.now(UTC) - timedelta(hours=1) if self.fault == "an_hour_off" else None
        return bytes(self._stamper.request_tsa_response(request).dump())


def _stamper(kept: Path | None) -> tuple[_Stamper, bytes]:
    """Answer with the kept key, or with a new one that is kept (pyHanko's helper wants RSA)."""
    if kept is not None and kept.exists():
        data = kept.read_bytes()
        # Written by ourselves; to prove the primes again takes longer than all else of a start.
        key = serialization.load_pem_private_key(data, None, unsafe_skip_rsa_key_validation=True)
        assert isinstance(key, rsa.RSAPrivateKey)
        certificate, root = x509.load_pem_x509_certificates(data)
    else:
        key, certificate, root = _new(datetime.now(UTC))
        if kept is not None:
            kept.parent.mkdir(parents=True, exist_ok=True)
            kept.write_bytes(_private(key, serialization.Encoding.PEM) + _pem(certificate) + _pem(root))
    store = SimpleCertificateStore()  # type: ignore[no-untyped-call]
    store.register(_asn1(root))
    return _Stamper(_asn1(certificate), key, store), _pem(root)


def _new(now: datetime) -> tuple[rsa.RSAPrivateKey, x509.Certificate, x509.Certificate]:
    """Make a key, its certificate for time stamps alone, and the root above it."""
    root_key, key = (rsa.generate_private_key(65537, 2048) for _ in range(2))
    root_name, name = _name("Rehearsal timestamp root"), _name("Rehearsal timestamp authority")
    root = (
        _builder(root_name, root_name, root_key.public_key(), now)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(root_key, hashes.SHA256())
    )
    certificate = (
        _builder(name, root_name, key.public_key(), now)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.TIME_STAMPING]), critical=True)
        .sign(root_key, hashes.SHA256())
    )
    return key, certificate, root


def _private(key: rsa.RSAPrivateKey, encoding: serialization.Encoding) -> bytes:
    return key.private_bytes(encoding, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())


def _pem(certificate: x509.Certificate) -> bytes:
    return certificate.public_bytes(serialization.Encoding.PEM)


def _builder(subject: x509.Name, issuer: x509.Name, public: rsa.RSAPublicKey, now: datetime) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(public)
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + timedelta(days=365))
    )


def _name(common: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common)])


def _asn1(certificate: x509.Certificate) -> asn1_x509.Certificate:
    return asn1_x509.Certificate.load(certificate.public_bytes(serialization.Encoding.DER))


def main() -> None:
    """Run as a program."""
    options = parser(__doc__ or "")
    where = options.add_mutually_exclusive_group(required=True)
    where.add_argument("--folder", type=Path, help=f"its key is kept here, and the root written, as {ROOT_NAME}")
    where.add_argument("--root-file", type=Path, help="the root is written to this file")
    options.add_argument("--fault", choices=FAULTS, default="")
    given = options.parse_args()
    root_file = given.root_file or given.folder / ROOT_NAME
    kept = given.folder / KEPT_NAME if given.folder else None
    serve_until_told(
        TimestampAuthority(port=given.port, token=given.token, fault=given.fault, root_file=root_file, kept=kept)
    )


if __name__ == "__main__":
    main()
