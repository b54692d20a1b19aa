"""Nectar's client: only the calls on the list, nothing that opens a portal on either way, patience as asked for."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from broker.channels.nectar import NectarChannel, TooDeep, Upload, strip_secrets
from broker.channels.nectar.answers import any_rows, retry_after
from broker.channels.nectar.paths import DEFAULT, Paths
from broker.channels.nectar.secrets import SecretRefused, is_secret, refuse_secrets
from broker.channels.seam import ChannelError
from broker.rehearsal.nectar import Nectar
from tests.unit.test_channels import ACCOUNT, bill

NOW = datetime(2026, 11, 26, 12, 0, tzinfo=UTC)


@pytest.fixture
def nectar(settings: Any) -> Iterator[Nectar]:
    with Nectar() as server:
        settings.ALLOWED_EGRESS = [f"127.0.0.1:{server.port}"]
        yield server


@pytest.fixture
def client(nectar: Nectar) -> Iterator[NectarChannel]:
    with NectarChannel(base_url=nectar.url, api_key="rehearsal-key", timeout=5) as channel:
        yield channel


# --- the calls ----------------------------------------------------------------------------------------------------


def test_the_calls_that_we_make_are_the_ones_that_the_description_allows(nectar: Nectar) -> None:
    allowed = {each.name: f"{each.method} {each.template}" for each in nectar.api.operations if each.use == "allow"}
    assert allowed == DEFAULT


def test_every_call_of_ours_is_answered_as_described(client: NectarChannel, nectar: Nectar) -> None:
    client.ping()
    company = client.ensure_company("c-1", name="One")
    job = client.hand_over(Upload(company, "application/pdf", bill(), name="d-1"))
    assert client.jobs(company) == [job.id]
    while job.status == "PENDING":
        job = client.job(job.id)
    (document,) = job.documents
    (entry,) = client.usage_of_document(document)
    assert client.document(document)["fileName"] == "d-1.pdf"
    assert client.documents(company)[0]["id"] == document
    assert client.usage(company)[0]["id"] == entry["id"]
    assert client.stop_collecting(entry["meter"])
    assert [each["trackingStatus"] for each in nectar.accounts.values()] == ["DISABLED"]
    assert client.delete_company("c-1") == 1
    assert client.companies("c-1") == []
    made = {found[0].name for call in nectar.calls if (found := nectar.api.find(*call)) is not None}
    assert made == set(DEFAULT)
    assert (nectar.undescribed, nectar.forbidden) == ([], [])


@pytest.mark.parametrize(
    "name",
    ["connection.create", "connection.list", "invitation.new", "job.bulk", "company.read", "", "GET /ping"],
)
def test_a_call_that_is_not_on_the_list_is_not_made(client: NectarChannel, nectar: Nectar, name: str) -> None:
    with pytest.raises(PermissionError):
        client._call(name, {"company": "c1"})
    assert nectar.calls == []


@pytest.mark.parametrize("odd", ["..", "../connection/c1", "c1?x=/connection", "c1/link", "", "c 1", "é", "-x"])
def test_an_id_cannot_lead_elsewhere(client: NectarChannel, nectar: Nectar, odd: str) -> None:
    with pytest.raises(PermissionError):
        client.job(odd)
    assert nectar.calls == []


@pytest.mark.parametrize(
    ("name", "template"),
    [
        ("job.list", "GET /connection/company/{company}"),
        ("job.list", "GET /invitation/company/{company}"),
        ("job.upload", "POST /job/company/{company}/bulk"),
        ("job.list", "DELETE /job/company/{company}"),
        ("company.list", "DELETE /company"),
        ("document.read", "GET /document/{company}"),
        ("document.read", "GET /document/{document}/../ping"),
        ("meter.read", "GET https://elsewhere.example/{meter}"),
        ("a.new.call", "GET /ping"),
    ],
)
def test_no_setting_leads_to_another_kind_of_call(name: str, template: str) -> None:
    with pytest.raises(ValueError, match=r"\w"):
        Paths({name: template})


def test_an_address_that_is_not_documented_can_be_set(nectar: Nectar) -> None:
    paths = {"job.list": "GET /company/{company}/job"}
    with NectarChannel(base_url=nectar.url, api_key="rehearsal-key", paths=paths) as client:
        company = client.ensure_company("c-1", name="One")
        with pytest.raises(ChannelError) as no:
            client.jobs(company)
    assert no.value.detail == "404"
    assert nectar.calls[-1] == ("GET", f"/company/{company}/job")


def test_whoever_counts_calls_is_asked_before_each(nectar: Nectar) -> None:
    def full() -> None:
        raise RuntimeError("full")

    client = NectarChannel(base_url=nectar.url, api_key="rehearsal-key", before=full)
    with client, pytest.raises(RuntimeError, match="full"):
        client.ping()
    assert nectar.calls == []


# --- what opens a portal ------------------------------------------------------------------------------------------

HOSTILE = [
    "username", "userName", "UserName", "USERNAME", "user_name", "user-name", "User Name", "portalUsername",
    "pwd", "password", "PassWord", "oldPassword", "passwd", "connectionMagicLinkSecret",
    "magic_link", "companyMagicLinkSecret",
    "clientSecret", "api_key", "X-API-Key", "mfaCode", "mfa_token", "otp", "securityQuestion", "security_answers",
    "credentials", "accessToken", "token", "invitationUrl", "loginPin", "pin",
]  # fmt: skip
HARMLESS = [
    "id",
    "usage",
    "usageUnits",
    "accountNumber",
    "notPaid",
    "identifiers",
    "spin",
    "opening",
    "company",
    "fileName",
]


@pytest.mark.parametrize("name", HOSTILE)
def test_a_name_that_opens_a_portal_is_dropped_at_any_depth(name: str) -> None:
    hostile = {"old": [{"deep": [[{"id": "1", name: {"x": "hunter2"}}]]}], "protectedChanges": ["x"], name: "hunter2"}
    found = strip_secrets(hostile)
    assert "hunter2" not in json.dumps(found)
    assert found == {"old": [{"deep": [[{"id": "1"}]]}], "protectedChanges": ["x"]}
    with pytest.raises(SecretRefused):
        refuse_secrets({"a": [{"b": {name: "x"}}]})


@pytest.mark.parametrize("name", HARMLESS)
def test_other_names_stay(name: str) -> None:
    assert not is_secret(name)


def test_a_secret_that_is_named_by_a_value_beside_it_is_dropped() -> None:
    found = strip_secrets([{"field": "UserName", "old": "pat", "new": "sam"}, {"name": "METER", "value": "7"}])
    assert found == [{"field": "UserName"}, {"name": "METER", "value": "7"}]


@pytest.mark.parametrize(
    "text",
    [
        "https://dash.nectarclimate.com/p/connect/abc/secret",
        "see https://DASH.nectarclimate.com/p/i/tok",
        '{"username": "pat"}',
        '[{"id": 1, "old": {"passWord": "x"}}]',
    ],
)
def test_a_text_that_opens_a_portal_is_emptied(text: str) -> None:
    assert strip_secrets({"note": text, "id": "1"}) == {"note": "", "id": "1"}
    with pytest.raises(SecretRefused):
        refuse_secrets({"note": text})


def test_what_is_nested_without_end_is_refused() -> None:
    deep: Any = "hunter2"
    for _ in range(200):
        deep = {"old": deep}
    with pytest.raises(TooDeep):
        strip_secrets(deep)


@given(
    st.recursive(
        st.text(max_size=8) | st.integers() | st.none(),
        lambda inner: (
            st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from([*HOSTILE, *HARMLESS]), inner, max_size=4)
        ),
        max_leaves=20,
    )
)
def test_no_secret_name_is_left_anywhere(value: Any) -> None:
    def names(each: Any) -> set[str]:
        if isinstance(each, dict):
            return set(each) | {name for one in each.values() for name in names(one)}
        return {name for one in each for name in names(one)} if isinstance(each, list) else set()

    assert not names(strip_secrets(value)) & set(HOSTILE)


def test_an_answer_with_secrets_comes_without_them(client: NectarChannel, nectar: Nectar) -> None:
    company = client.ensure_company("c-1", name="One")
    nectar.add_months(company, 1, account=ACCOUNT)
    for row in nectar.documents.values():
        row |= {"old": {"Username": "pat", "list": [{"connectionMagicLinkSecret": "hunter2"}]}}
    assert "hunter2" not in str(client.documents(company))
    assert client.documents(company)[0]["old"] == {"list": [{}]}


def test_a_call_that_would_carry_a_login_is_not_made(client: NectarChannel, nectar: Nectar) -> None:
    for options in ({"json": {"users": ["a@b.example"]}}, {"params": {"userName": "x"}}):
        with pytest.raises(SecretRefused):
            client._call("company.create", **options)
    assert nectar.calls == []


# --- patience -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("2", 2),
        (" 120 ", 120),
        ("0", 0),
        ("999999", 3600),
        ("99999999999999999999", None),
        ("-3", None),
        ("1.5", None),
        ("soon", None),
        ("", None),
        ("٣", None),
        (format_datetime(NOW + timedelta(seconds=90), usegmt=True), 91),
        (format_datetime(NOW + timedelta(days=3), usegmt=True), 3600),
        (format_datetime(NOW - timedelta(days=3), usegmt=True), 0),
        ("Thu, 99 Nov 2026 12:00:00 GMT", None),
    ],
)
def test_a_retry_after_is_read_in_both_its_forms(text: str, seconds: int | None) -> None:
    assert retry_after(text, now=NOW) == seconds


@pytest.mark.parametrize(
    ("fault", "kind", "waits"),
    [
        ("down", "down", None),
        ("500", "down", None),
        ("502", "down", None),
        ("429", "down", (2, 2)),
        ("429-date", "down", (60, 91)),
        ("429-bare", "down", None),
        ("malformed", "malformed", None),
        ("half", "malformed", None),
        ("lost", "down", None),
    ],
)
def test_each_fault_has_its_kind(
    client: NectarChannel, nectar: Nectar, fault: str, kind: str, waits: tuple[int, int] | None
) -> None:
    nectar.order(fault)
    with pytest.raises(ChannelError) as failed:
        client.ping()
    assert failed.value.kind == kind
    wait = failed.value.retry_after
    assert wait is None if waits is None else wait is not None and waits[0] <= wait <= waits[1]
    client.ping()


def test_an_answer_that_comes_too_late_is_down_and_the_work_was_done(nectar: Nectar) -> None:
    nectar.slow_seconds = 1.0
    nectar.order("late", path="/company", method="POST")
    with NectarChannel(base_url=nectar.url, api_key="rehearsal-key", timeout=0.3) as client:
        with pytest.raises(ChannelError) as failed:
            client.ensure_company("c-1", name="One")
        assert failed.value.kind == "down"
        assert client.ensure_company("c-1", name="One") in nectar.companies
    assert len(nectar.companies) == 1


@pytest.mark.parametrize(
    "body", [b'{"id": NaN}', b'{"id": "a", "id": "b"}', b"[" * 5000, b"\xff", b'{"a":' * 80 + b"1" + b"}" * 80]
)
def test_json_that_says_two_things_or_nothing_is_malformed(
    client: NectarChannel, nectar: Nectar, body: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    from broker.rehearsal.serving import Reply

    monkeypatch.setattr(nectar, "_described", lambda *_: Reply(200, body))
    with pytest.raises(ChannelError) as failed:
        client.ping()
    assert failed.value.kind == "malformed"


# --- lists --------------------------------------------------------------------------------------------------------


def test_a_list_that_grew_shorter_ends_and_gives_no_row_twice(
    client: NectarChannel, nectar: Nectar, monkeypatch: pytest.MonkeyPatch
) -> None:
    nectar.per_page = 10
    company = client.ensure_company("c-1", name="One")
    nectar.add_months(company, 25, account=ACCOUNT)
    real = nectar._page

    def shrinking(*given: Any) -> Any:
        reply = real(*given)
        for key in list(nectar.usage)[5:]:  # what was there is gone before the next page is asked for
            del nectar.usage[key]
        return reply

    monkeypatch.setattr(nectar, "_page", shrinking)
    rows = client.usage(company)
    assert len(rows) == len({row["id"] for row in rows}) == 10
    assert len(nectar.calls) < 10


def test_a_list_without_end_is_left(client: NectarChannel, nectar: Nectar, monkeypatch: pytest.MonkeyPatch) -> None:
    company = client.ensure_company("c-1", name="One")
    nectar.add_months(company, 1, account=ACCOUNT)
    real = nectar._page

    def endless(operation: Any, request: Any, rows: Any) -> Any:
        reply = real(operation, request, rows)
        reply.body["hasNext"], reply.body["currentPage"] = True, int(request.first("page", "1"))
        return reply

    monkeypatch.setattr(nectar, "_page", endless)
    monkeypatch.setattr("broker.channels.nectar.client.MAX_PAGES", 12)
    with pytest.raises(ChannelError) as failed:
        client.usage(company)
    assert failed.value.kind == "malformed"
    assert len([call for call in nectar.calls if call[1].startswith("/usage")]) == 12


def test_a_list_of_an_undocumented_shape_is_taken_only_where_it_is_one_list() -> None:
    assert any_rows([{"id": "1"}]) == any_rows({"jobs": [{"id": "1"}], "total": 1}) == [{"id": "1"}]
    for odd in ({"jobs": [], "items": []}, {"x": []}, "jobs", None, {"jobs": [1]}):
        with pytest.raises(ChannelError):
            any_rows(odd)


def test_a_job_of_an_unknown_state_is_not_guessed(client: NectarChannel, nectar: Nectar) -> None:
    company = client.ensure_company("c-1", name="One")
    job = client.hand_over(Upload(company, "application/pdf", bill(), name="d-1"))
    nectar.jobs[job.id]["status"] = "QUEUED"
    with pytest.raises(ChannelError):
        client.job(job.id)
    assert nectar.undescribed
    nectar.undescribed.clear()


@pytest.mark.parametrize(("fault", "status"), [("TERMINATED", "TERMINATED"), ("FAILED", "FAILED")])
def test_a_job_that_ends_badly_says_so(client: NectarChannel, nectar: Nectar, fault: str, status: str) -> None:
    company = client.ensure_company("c-1", name="One")
    nectar.order(fault)
    job = client.hand_over(Upload(company, "application/pdf", bill(), name="d-1"))
    done = [client.job(job.id) for _ in range(3)][-1]
    assert (done.status, done.documents) == (status, ())
    assert bool(done.reason) == (status == "TERMINATED")


@pytest.mark.parametrize("drift", ["v2.1", "guide"])
def test_both_documented_spellings_come_through(client: NectarChannel, nectar: Nectar, drift: str) -> None:
    company = client.ensure_company("c-1", name="One")
    nectar.add_months(company, 1, account=ACCOUNT)
    nectar.order(drift)
    (entry,) = client.usage(company)
    name = "rawUsage" if drift == "guide" else "usage"
    assert entry[name] == "500.0"
    assert ("timeOfUseBreakdown" in entry) == (drift == "guide")
    nectar.order(drift, path="/account")
    assert client.stop_collecting(entry["meter"])


def test_a_file_under_a_name_that_could_say_something_stays_here(client: NectarChannel) -> None:
    for upload in (
        Upload("c1", "application/pdf", b"x", name="Pat Member"),
        Upload("c1", "application/pdf", b"x" * 27_000_000),
    ):
        with pytest.raises(ValueError, match="says something"):
            client.upload_document(upload)
