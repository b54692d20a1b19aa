"""What a stranger needs to check a seal without asking us: our root, and the list of revoked certificates."""

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from consents.loa.revocation import read_lists
from consents.loa.seal_key import read_certificates

ROOT_TYPE, LIST_TYPE = "application/pkix-cert", "application/pkix-crl"  # RFC 2585, section 4


@require_safe
def root(_request: HttpRequest) -> HttpResponse:
    """Give the root certificate (DER), of which the letters print the SHA-256."""
    try:
        certificate = read_certificates(settings.SEAL_ROOT_FILE)[0]
    except FileNotFoundError:
        raise Http404 from None
    return HttpResponse(certificate.dump(), content_type=ROOT_TYPE)


@require_safe
def revoked(_request: HttpRequest) -> HttpResponse:
    """Give the list of revoked certificates (DER), as the certificate of the seal says where it is."""
    for each in read_lists(settings.SEAL_ROOT_FILE):
        return HttpResponse(each.dump(), content_type=LIST_TYPE)
    raise Http404
