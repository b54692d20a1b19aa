"""A secret of its own in each place of a mail and of a file, in what we send and in a command: it lies nowhere open.

A mail that comes in is the one thing that is kept with a secret in it: sealed, so that no store holds it in the clear.
"""

import os
import subprocess
import sys
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import httpx
import pytest

from broker.channels.nectar.client import NectarChannel
from broker.channels.nectar.secrets import SecretRefused
from broker.demo.visitor import tls
from broker.inlets import outbound
from requests_app.models import Message
from requests_app.nectar.models import Company
from tests.environment import ROOT
from tests.integration.canary_files import PLACES, mails, said
from tests.integration.canary_stores import hits, renew, secret
from tests.integration.mail_support import mail, take
from tests.integration.nectar_support import go, played, shared, to_the_end
from tests.requests_world import ACCOUNT, coop, run_job, world
from tests.served import web

MAIL_PLACES = sorted(mails("x"))


@pytest.fixture(autouse=True)
def anew() -> None:
    renew()


@pytest.mark.promise("no-passwords")
def test_a_secret_in_any_place_of_a_mail_is_found_and_lies_sealed(
    committing: str, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("DEBUG")
    words = {place: secret(1000 + number) for number, place in enumerate(MAIL_PLACES)}
    kinds = {place: take(mails(word)[place]).kind for place, word in words.items()}
    for number, (place, made) in enumerate(PLACES.items()):
        words[place] = secret(1100 + number)
        name, data = made(words[place])
        kinds[place] = take(mail(files={name: data}, subject=f"Your letter {number}")).kind
    (tmp_path / "log.txt").write_text(caplog.text)
    assert not hits(words.items(), tmp_path)
    assert Message.objects.count() == len(words)
    assert {place: kind for place, kind in kinds.items() if kind != "credentials"} == {}


def test_a_secret_in_a_mail_to_a_requests_own_address_is_found_too(
    committing: str, tmp_path: Path, settings: Any, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("DEBUG")
    w = world()
    with coop(tmp_path, settings):  # its mails lie in this folder too
        manual = w.manual()
        run_job("manual.send", manual.id)
        places = list(MAIL_PLACES)
        words = {place: secret(1200 + number) for number, place in enumerate(places)}
        kinds = {take(mails(word)[place], manual).kind for place, word in words.items()}
    (tmp_path / "log.txt").write_text(caplog.text)
    assert not hits(words.items(), tmp_path)
    assert kinds == {"credentials"}


def test_a_secret_in_any_place_of_a_file_that_is_uploaded_is_refused_and_lies_nowhere(
    committing: str, tmp_path: Path
) -> None:
    words, answers = {}, {}
    with web(tmp_path, LOG_LEVEL="DEBUG", TMPDIR=str(tmp_path)) as address:
        for path, token in (("/check/", "c" * 32), ("/check/", ""), ("/admin/tables/", "c" * 32)):
            form = {"data": {"csrfmiddlewaretoken": token}, "headers": {"Cookie": f"csrftoken={token}"}}
            for place, made in PLACES.items():
                inlet = f"{place} at {path} {'with' if token else 'without'} a token"
                words[inlet] = secret(1300 + len(words))
                files = {"file": made(words[inlet])}
                answer = httpx.post(address + path, files=files, trust_env=False, timeout=300, verify=tls(), **form)
                # A page that takes no file has none opened: of the name alone it is known what is in it.
                unread = path.startswith("/admin/") and place != "name of a file"
                answers[inlet] = answer.status_code == (400 if unread else 403)
                assert words[inlet] not in answer.text, inlet
    assert not hits(words.items(), tmp_path)
    assert [inlet for inlet, is_refused in answers.items() if not is_refused] == []


def test_a_secret_in_what_we_send_does_not_leave_and_lies_nowhere(
    committing: str, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("DEBUG")
    words = {f"outgoing {kind}": secret(1400 + n) for n, kind in enumerate(("webhook", "nectar_call", "mail"))}
    word = words["outgoing mail"]
    for kind in ("webhook", "nectar_call"):
        assert outbound.keep_back(f'{{"note":"{said(words[f"outgoing {kind}"])}"}}', part=kind, inlet=kind)
    for place, (name, data) in {"mail": ("a.txt", b"-"), "file of a mail": PLACES["note in a PDF"](word)}.items():
        mail = EmailMessage()
        mail.set_content(said(word) if place == "mail" else "Enclosed.")
        mail.add_attachment(data, maintype="application", subtype="octet-stream", filename=name)
        with pytest.raises(outbound.OutboundRefused) as refused:
            outbound.demand_clean(mail)
        caplog.handler.stream.write(repr(refused.value))
    (tmp_path / "log.txt").write_text(caplog.text)
    assert not hits(words.items(), tmp_path)


def test_a_secret_in_the_arguments_of_a_command_is_refused_and_lies_nowhere(committing: str, tmp_path: Path) -> None:
    words = {"a name": secret(1500), "an option": secret(1501)}
    for word, arguments in (
        (words["a name"], ["enrol_organisation", "acme", "--name", said(words["a name"])]),
        (words["an option"], ["create_application", "acme", f"--name={said(words['an option'])}"]),
    ):
        argv = [sys.executable, "manage.py", *arguments]
        done = subprocess.run(argv, cwd=ROOT, env=os.environ, capture_output=True, check=False)
        assert done.returncode == 2
        assert word.encode() not in done.stdout + done.stderr
    assert not hits(words.items(), tmp_path)


def test_a_secret_in_what_goes_to_nectar_or_comes_from_there_lies_nowhere(
    committing: str, tmp_path: Path, settings: Any, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("DEBUG")
    words = {place: secret(1600 + n) for n, place in enumerate(("a text of theirs", "a field of theirs", "our call"))}
    with played(settings) as nectar:
        pull = shared(world())
        assert go("nectar.upload", pull.id) == "done"
        nectar.add_months(Company.objects.get().nectar_id, 1, account=ACCOUNT)
        for row in nectar.documents.values():
            row |= {"comment": said(words["a text of theirs"]), "old": {"password": words["a field of theirs"]}}
        assert nectar.documents
        to_the_end(pull)
        calls = len(nectar.calls)
        key = {"base_url": nectar.url, "api_key": nectar.api_key, "timeout": 5}
        with NectarChannel(**key) as client, pytest.raises(SecretRefused):
            client.ensure_company("c-2", name=said(words["our call"]))
        assert not [call for call in nectar.calls[calls:] if words["our call"] in repr(call)]
    (tmp_path / "log.txt").write_text(caplog.text)
    assert not hits(words.items(), tmp_path)
