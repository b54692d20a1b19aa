"""What somebody wrote into a header or a cookie is read with its name; what browsers and proxies write passes."""

from typing import Any

import pytest
from django.test import Client

from broker.inlets.models import Refused

SECRET = "Quillon!Basalt60"
SESSION = "8F3A91C07D5E46B2A1F0"
HELD = {
    "X-SmartHub-Password": SECRET,
    "X-Password": SECRET,
    "Password": SECRET,
    "X-Smarthub-Session": SESSION,
    "X-Smarthub-Token": SESSION,
    "X-Smarthub-Cookie": f"JSESSIONID={SESSION}",
    "X-Portal-Pin": "4821",
    "X-Smarthub-Login": f"rob77 / {SECRET}",
    "X-My-Smarthub-Password-Is-Quillonbasalt60": "yes",
    "X-Password-Quillon-Basalt60": "1",
    "Proxy-Authorization": f"my SmartHub password is {SECRET}",
}
COOKIES_HELD = (
    f"JSESSIONID={SESSION}; smarthub_password={SECRET}",
    f"JSESSIONID={SESSION}",
    f"theme=dark; smarthub_password={SECRET}",
    f"note=my%20SmartHub%20password%20is%20{SECRET}",
    f"my SmartHub password is {SECRET}",
    f"a=my SmartHub password is; b={SECRET}",
    # In a cookie of ours nothing that a person wrote is ours.
    f"sessionid=my SmartHub password is {SECRET}",
)
CHROME = {
    "User-Agent": "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0 "
    "Safari/537.36",
    "Sec-Ch-Ua": '"Google Chrome";v="131", "Chromium";v="131", "Not_A Brand";v="24"',
    "Sec-Ch-Ua-Arch": '"x86"',
    "Sec-Ch-Ua-Full-Version-List": '"Google Chrome";v="131.0.6778.86", "Chromium";v="131.0.6778.86"',
    "Sec-Ch-Ua-Model": '"Pixel 7"',
    "Sec-Ch-Prefers-Color-Scheme": "dark",
    "Sec-Fetch-Storage-Access": "active",
    "Sec-Purpose": "prefetch;prerender",
    "Sec-Fetch-Site": "same-origin",
    "Referer": "https://broker.example/my/requests/8f3a91c0-7d5e-46b2-a1f0-1234567890ab?page=2",
    "Save-Data": "on",
    "Device-Memory": "8",
    "Downlink": "10",
    "Ect": "4g",
    "Rtt": "50",
    "Viewport-Width": "1280",
    "X-Client-Data": "CIa2yQEIorbJAQipncoBCMeJywEIkqHLAQiFoM0B",
    "Purpose": "prefetch",
    "X-Requested-With": "XMLHttpRequest",
    "Access-Control-Request-Method": "POST",
    "Access-Control-Request-Headers": "authorization,content-type,idempotency-key",
    "Access-Control-Request-Private-Network": "true",
}
FIREFOX = {
    "User-Agent": "Mozilla/5.0 (X11; Linux x86_64; rv:133.0) Gecko/20100101 Firefox/133.0",
    "Accept": "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8",
    "Accept-Encoding": "gzip, deflate, br, zstd",
    "Alt-Used": "broker.example",
    "Priority": "u=0, i",
    "X-Moz": "prefetch",
    "DNT": "1",
    "If-None-Match": '"33a64df551425fcc55e4d42a148795d9f25f89d4"',
    "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==",
}
SAFARI = {
    "User-Agent": "Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) "
    "Version/18.1 Mobile/15E148 Safari/604.1",
    "X-Purpose": "preview",
    "X-Apple-Device-Type": "iPhone",
}
PROGRAMS = {
    "User-Agent": "python-httpx/0.27.2",
    "Authorization": "Bearer " + "not-one-of-ours-but-in-its-place",
    "Idempotency-Key": "KG5LxwFBepaKHyUD",
    "X-Request-Id": "7f3c9a1b2d4e5f60718293a4b5c6d7e8",
    "X-Correlation-Id": "f058ebd6-02f7-4d3f-942e-904344e8cde5",
    "Postman-Token": "5c5a7c6d-8a8e-4d3a-9d4b-1f8b6e1d2c3a",
    "Prefer": "return=minimal",
    "From": "bot@crawler.example",
    "X-Http-Method-Override": "PUT",
    "X-Device-Id": "f058ebd602f74d3f",
    "X-Stainless-Os": "Linux",
    "X-Ms-Client-Request-Id": "f058ebd6-02f7-4d3f-942e-904344e8cde5",
}
HOOKS = {
    "Svix-Id": "msg_p5jXN8AQM9LWM0D4loKWxJek",
    "Svix-Timestamp": "1614265330",
    "Svix-Signature": "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE= v1,bm9ldHUjKzFob2VudXRob2VodWUzMjRvdWVvdW9ldQo=",
}
PROXIES = {
    "Traceparent": "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
    "Tracestate": "rojo=00f067aa0ba902b7,congo=t61rcWkgMzE",
    "Baggage": "sentry-trace_id=771a43a4192642f0b136d5159a501700,sentry-public_key=49d0f7386ad645858ae85020e393bef3",
    "Sentry-Trace": "771a43a4192642f0b136d5159a501700-b1d3e5a1f8c94e02-1",
    "B3": "80f198ee56343ba864fe8b2a57d3eff7-e457b5a2e4d86bd1-1-05e3ac9a4f6e3b90",
    "X-B3-Traceid": "80f198ee56343ba864fe8b2a57d3eff7",
    "X-Amzn-Trace-Id": "Root=1-67891233-abcdef012345678912345678",
    "X-Amz-Cf-Id": "8sM1GkD2cXq3cY3M9wQ0oO1d6eKbU8YyF5iF0Nn2zq3v9y6JYx0Y9w==",
    "X-Cloud-Trace-Context": "105445aa7843bc8bf206b12000100000/1;o=1",
    "X-Forwarded-Server": "proxy-1.broker.example",
    "X-Forwarded-Scheme": "https",
    "X-Original-Forwarded-For": "203.0.113.9",
    "X-Original-Uri": "/my/requests/",
    "X-Client-Ip": "203.0.113.9",
    "True-Client-Ip": "203.0.113.9",
    "Cf-Ray": "8e3f7a1b2c4d5e6f-FRA",
    "Cf-Connecting-Ip": "203.0.113.9",
    "Cf-Visitor": '{"scheme":"https"}',
    "Cf-Ipcountry": "US",
    "Cf-Ew-Via": "15",
    "Cdn-Loop": "cloudflare; loops=1",
    "Fastly-Client-Ip": "203.0.113.9",
    "Fly-Request-Id": "01HDSN6XJ9Q0V1H6Y3K7Z8W9AB-fra",
    "X-Varnish": "32770",
    "X-Scheme": "https",
    "X-Ssl-Cipher": "TLS_AES_256_GCM_SHA384",
    "X-Azure-Ref": "0zxV+XAAAAABKMMOjBv2NT4TY6SQVjC0zV1NURURHRTA2MTkANDM3YzgyY2QtMzYwYS00YTU0",
    "X-Datadog-Trace-Id": "1234567890123456789",
    "Newrelic": "eyJ2IjpbMCwxXSwiZCI6eyJ0eSI6IkFwcCIsImFjIjoiMTIzNDU2IiwiYXAiOiI5ODc2NTQifX0=",
}
COOKIES = {
    "_ga": "GA1.1.1234567890.1712345678",
    "_ga_ABC123DEF4": "GS1.1.1712345678.3.1.1712345999.0.0.0",
    "_gid": "GA1.2.987654321.1712345678",
    "_fbp": "fb.1.1712345678901.1234567890",
    "cf_clearance": "Z3fXxJ0m2h.yF5p0aH5gkVY2m0n3Qv8cS1w6bE7dT9A-1712345678-1.0.1.1-abcDEF123_xyz.4567",
    "__cf_bm": "Q8dY7pG4mV2x.1kLz0nB3aWcE5rT6yU9iO-1712345678-1.0.1.1-AbCdEf.GhIjKl_MnOpQr",
    "_cfuvid": "a.B3cD4eF5gH6iJ7kL8mN9oP0qR1sT2u-1712345678901-0.0.1.1-604800000",
    "AWSALB": "x1Yb2Zc3Ad4Be5Cf6Dg7Eh8Fi9Gj0Hk1Il2Jm3Kn4Lo5Mp6Nq7Or8Ps9Qt0Ru1Sv2Tw3Ux4Vy5Wz6",
    "_hjSession_1234567": "eyJpZCI6IjEyMzQ1Njc4LTkwYWIiLCJjIjoxNzEyMzQ1Njc4OTAxfQ==",
    "_pk_id.1.1fff": "a1b2c3d4e5f60718.1712345678.",
    "_pk_ses.1.1fff": "1",
    "ajs_anonymous_id": "f058ebd6-02f7-4d3f-942e-904344e8cde5",
    "__utma": "1.1234567890.1712345678.1712345678.1712345678.1",
    "__stripe_mid": "f058ebd6-02f7-4d3f-942e-904344e8cde5a1b2c3",
    "__stripe_sid": "f058ebd6-02f7-4d3f-942e-904344e8cde5a1b2c3",
    "OptanonConsent": "isGpcEnabled=0&datestamp=Thu+Apr+04+2024+10%3A00%3A00&version=202401.1.0&hosts=",
    "CookieConsent": "{stamp:'abcDEF123==',necessary:true,preferences:false,statistics:false}",
    "theme": "dark",
    "i18next": "en-US",
    "_clck": "1abc2de|2|fkx|0|1234",
    "hubspotutk": "a1b2c3d4e5f60718a1b2c3d4e5f60718",
    "mp_abc_mixpanel": "%7B%22distinct_id%22%3A%20%22f058ebd6-02f7%22%7D",
    "_uetsid": "a1b2c3d4e5f60718a1b2c3d4e5f60718",
    "_uetvid": "a1b2c3d4e5f60718a1b2c3d4e5f60718",
    "_dd_s": "rum=0&expire=1712345678901",
    "BIGipServerpool_web": "1677787402.36895.0000",
    "incap_ses_123_456": "a1B2c3D4e5F6g7H8==",
    "visid_incap_456": "a1B2c3D4e5F6g7H8i9J0==",
    "datadome": "Ab1Cd2Ef3Gh4Ij5Kl6Mn7Op8Qr9St0Uv~Wx_Yz",
    "_abck": "A1B2C3~-1~YAAQ~-1~-1~-1",
    "bm_sz": "A1B2C3D4~YAAQ~4404290~3748912",
    "XSRF-TOKEN": "eyJpdiI6Inh4In0",
    "_xsrf": "2|a1b2c3d4|e5f60718|1712345678",
    "sessionid": "k2x9w7q4m1z8v5b3n6c0a2s4d6f8g1h3",
    "csrftoken": "AbCdEfGhIjKlMnOpQrStUvWxYz012345",
    "django_language": "es",
    "messages": "W1siX19qc29uX21lc3NhZ2UiLDAsMjUsIlNhdmVkLiJdXQ:1tJ0aB:Qx7-yZ_1",
    "browser": "Yx3-kQ9_mZ7vB2nC5aS8dF1gH4jK6lP0qW2eR5tY8uI",
}


def answer(headers: dict[str, str]) -> Any:
    return Client().get("/api/v1/consents", headers=headers)


@pytest.mark.parametrize("header", sorted(HELD))
def test_a_header_is_read_with_its_name(sqlite_db: str, header: str) -> None:
    found = answer({header: HELD[header]})
    assert found.status_code == 403
    assert SECRET.encode() not in found.content
    assert b"asalt60" not in found.content
    assert SESSION.encode() not in found.content
    row = Refused.objects.get()
    assert row.inlet in ("web_form", "url_param")
    assert row.mac is None or row.structural  # no part of what is said: nobody lets it through


def test_headers_are_read_together(sqlite_db: str) -> None:
    assert answer({"X-First": "my SmartHub password is", "X-Second": SECRET}).status_code == 403


@pytest.mark.parametrize("cookie", COOKIES_HELD)
def test_a_cookie_that_is_not_ours_is_read_with_its_name(sqlite_db: str, cookie: str) -> None:
    found = answer({"Cookie": cookie})
    assert found.status_code == 403
    assert SECRET.encode() not in found.content
    assert SESSION.encode() not in found.content


@pytest.mark.parametrize("headers", [CHROME, FIREFOX, SAFARI, PROGRAMS, HOOKS, PROXIES], ids=min)
def test_what_browsers_programs_and_proxies_write_passes(sqlite_db: str, headers: dict[str, str]) -> None:
    assert [name for name, value in headers.items() if answer({name: value}).status_code == 403] == []
    assert answer(headers).status_code != 403
    assert answer({**headers, **PROXIES}).status_code != 403


def test_cookies_of_ours_and_of_trackers_pass(sqlite_db: str) -> None:
    assert [name for name, value in COOKIES.items() if answer({"Cookie": f"{name}={value}"}).status_code == 403] == []
    assert answer({"Cookie": "; ".join(f"{name}={value}" for name, value in COOKIES.items())}).status_code != 403
    assert not Refused.objects.exists()


def test_on_a_page_a_session_that_another_site_of_the_domain_has_set_is_not_read(sqlite_db: str) -> None:
    browser = Client(headers={"Cookie": f"JSESSIONID={SESSION}; PHPSESSID=k2x9w7q4m1z8v5b3n6c0a2s4d6"})
    assert browser.get("/passwords/").status_code == 200
    assert not Refused.objects.exists()
    held = Client(headers={"Cookie": f"JSESSIONID={SESSION}; smarthub_password={SECRET}"}).get("/passwords/")
    assert held.status_code == 403
