"""The REST interface over real HTTP, with a worker behind it."""

from __future__ import annotations

import json
import socket

import httpx
import pytest

from gateway.rest.openapi import describe

WAV = b"RIFF\x24\0\0\0WAVEfmt " + b"\0" * 200
PATH = "/v1/conversions"


def upload(site, content=WAV, name="speech.wav", headers=None, **fields):
    files = {"file": (name, content, "application/octet-stream")}
    return site.ask("POST", PATH, files=files, data=fields, headers=headers or {})


def text(site, words="hello", headers=None, **more):
    return site.ask("POST", PATH, json={"text": words, **more}, headers=headers or {})


def events(site, job, last=""):
    """(number, what, data) of all events until the stream ends."""
    headers = {"Last-Event-ID": last} if last else {}
    answer = site.ask("GET", f"{PATH}/{job}/events", headers=headers)
    if answer.status_code == 204:
        return []
    assert answer.headers["content-type"].startswith("text/event-stream")
    found = []
    for block in answer.text.strip().split("\n\n"):
        lines = dict(line.split(": ", 1) for line in block.split("\n") if not line.startswith(":"))
        found.append((int(lines["id"]), lines["event"], json.loads(lines["data"])))
    return found


def test_a_text_is_accepted_done_and_fetched(site):
    answer = text(site, to="fax")
    assert answer.status_code == 202
    job = answer.json()["id"]
    assert answer.headers["location"] == f"{PATH}/{job}"
    shown = site.ended(job)
    assert (shown["state"], shown["progress"], shown["to"]) == ("done", 1.0, "fax")
    assert [step["name"] for step in shown["steps"]] == ["louder", "mirror"]
    result = site.ask("GET", shown["result"]["url"])
    assert result.content == b"OLLEH"
    assert shown["result"]["size"] == 5
    assert "path" not in json.dumps(shown)


def test_a_file_is_recognised_and_becomes_what_such_a_file_usually_becomes(site):
    site.gate.set()
    shown = site.ended(upload(site).json()["id"])
    assert (shown["source"], shown["to"], shown["state"]) == ("voice", "text", "done")
    assert shown["name"] == "speech.wav"
    assert shown["result"]["name"] == "speech.txt"
    assert shown["result"]["details"] == {"seconds": 1.0}
    assert site.ask("GET", shown["result"]["url"]).content == WAV


def test_a_large_file_comes_through_whole(site):
    site.gate.set()
    content = WAV + bytes(range(256)) * 8000
    shown = site.ended(upload(site, content).json()["id"])
    assert site.ask("GET", shown["result"]["url"]).content == content


def test_parts_of_a_result_can_be_fetched(site):
    site.gate.set()
    shown = site.ended(upload(site).json()["id"])
    part = site.ask("GET", shown["result"]["url"], headers={"Range": "bytes=8-11"})
    assert (part.status_code, part.content) == (206, b"WAVE")


@pytest.mark.parametrize("token", ["", "another token"])
@pytest.mark.parametrize("path", [PATH, f"{PATH}/x", f"{PATH}/x/result", f"{PATH}/x/events"])
def test_nobody_gets_in_without_the_token(site, token, path):
    answer = site.ask("GET", path, token=token)
    assert answer.status_code == 401
    assert answer.headers["www-authenticate"] == "Bearer"


def test_the_description_is_open(site):
    answer = site.ask("GET", "/v1/openapi.json", token="")
    assert answer.json() == describe()


def test_what_can_become_what(site):
    table = site.ask("GET", "/v1/targets").json()
    assert table["files"]["text"] == ["fax", "sms"]  # not mail: something is missing for that
    assert table["deliveries"]["text"] == ["fax"]


def test_wishes_come_with_the_form(site):
    site.gate.set()
    job = upload(site, language="de", rate="1.5", cover="false").json()["id"]
    wishes = site.intake.order(job).wishes
    assert (wishes.language, wishes.rate, wishes.cover) == ("de", 1.5, False)


@pytest.mark.parametrize(
    ("fields", "says"),
    [
        ({"to": "telex"}, "`to` must be one of"),
        ({"rate": "fast"}, "rate"),
        ({"rate": "9"}, "rate"),
        ({"colour": "red"}, "colour"),
        ({"deliver": "perhaps"}, "true or false"),
        ({"to": "voice"}, "leads"),
        ({"language": "x" * 40}, "language"),
    ],
)
def test_a_form_that_asks_for_nonsense_is_refused(site, fields, says):
    answer = upload(site, **fields)
    assert answer.status_code == 422
    assert says in answer.json()["error"]


@pytest.mark.parametrize(
    "body", [b"", b"{", b"[]", b'{"text": ""}', b'{"text": "x", "more": 1}', b"[" * 100_000]
)
def test_json_that_is_no_request_is_refused(site, body):
    headers = {"Content-Type": "application/json"}
    answer = site.ask("POST", PATH, content=body, headers=headers)
    assert answer.status_code == 422


def test_other_bodies_are_refused(site):
    answer = site.ask("POST", PATH, content=b"x", headers={"Content-Type": "text/plain"})
    assert answer.status_code == 422


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"no form at all",
        b"--b\r\n\r\nx\r\n--b--\r\n",
        b'--b\r\nContent-Disposition: form-data; name="file"; filename="a.wav"\r\n\r\nRIFF',
        b'--b\r\nContent-Disposition: form-data; name="to"\r\n\r\ntext\r\n--b--\r\n',
        b'--b\r\nContent-Disposition: form-data; name="x"; filename="a"\r\n\r\nR\r\n--b--\r\n',
        b"--b\r\n" + b"X: y\r\n" * 1000,
    ],
)
def test_forms_that_are_damaged_are_refused(site, body):
    headers = {"Content-Type": "multipart/form-data; boundary=b"}
    assert site.ask("POST", PATH, content=body, headers=headers).status_code == 422
    assert site.ask("GET", PATH).status_code == 200


def test_a_file_that_is_too_large_is_refused_while_it_comes(site):
    assert upload(site, WAV + b"\0" * (3 << 20)).status_code == 413
    before = len(list(site.intake.store.ids()))
    assert upload(site, b"x" * (2 << 20), name="letter.txt", to="fax").status_code == 413
    assert len(list(site.intake.store.ids())) == before
    assert list(site.intake.store.folder("x").parent.parent.joinpath("incoming").iterdir()) == []


def test_fields_that_are_too_large_are_refused(site):
    assert upload(site, subject="x" * 20_000).status_code == 413


def test_a_text_that_is_too_large_is_refused(site):
    assert text(site, "x" * (5 << 20)).status_code == 413
    assert text(site, "x" * 1_000_001).status_code == 422


def test_an_upload_that_stands_still_is_dropped(site):
    host, port = site.url.removeprefix("http://").split(":")
    head = (
        f"POST {PATH} HTTP/1.1\r\nHost: {host}\r\nAuthorization: Bearer a token\r\n"
        "Content-Type: multipart/form-data; boundary=b\r\nContent-Length: 5000\r\n\r\n--b\r\n"
    )
    with socket.create_connection((host, int(port)), timeout=10) as line:
        line.sendall(head.encode())
        assert b"422" in line.recv(200)


def test_what_is_not_converted_here_names_what_is_missing(site):
    answer = text(site, to="email")
    assert answer.status_code == 501
    assert "a mouth" in answer.json()["error"]


def test_the_same_key_gives_the_same_conversion(site):
    headers = {"Idempotency-Key": "one"}
    first = text(site, to="fax", deliver=True, headers=headers)
    again = text(site, to="fax", deliver=True, headers=headers)
    assert first.json()["id"] == again.json()["id"]
    assert site.ended(first.json()["id"])["state"] == "done"
    assert site.post.delivered == ["OLLEH"]
    other = text(site, "another", to="fax", deliver=True, headers=headers)
    assert other.status_code == 422
    assert text(site, headers={"Idempotency-Key": "x" * 201}).status_code == 422


def test_events_tell_the_whole_story_and_end(site):
    site.gate.set()
    job = upload(site).json()["id"]
    story = events(site, job)
    numbers = [number for number, _, _ in story]
    assert numbers == list(range(1, len(story) + 1))
    whats = [what for _, what, _ in story]
    assert (whats[0], whats[-1]) == ("accepted", "done")
    done = [data["conversion"]["progress"] for _, _, data in story]
    assert done == sorted(done)
    assert done[-1] == 1.0
    assert story[-1][2]["conversion"]["result"]["name"] == "speech.txt"


def test_events_go_on_after_the_last_one_that_was_seen(site):
    job = text(site, to="fax").json()["id"]
    site.ended(job)
    story = events(site, job)
    assert events(site, job, last="2") == story[2:]
    assert events(site, job, last=str(len(story))) == []
    assert events(site, job, last="nonsense") == story


def test_events_come_as_they_happen(site):
    job = upload(site).json()["id"]
    headers = {"Authorization": "Bearer a token"}
    with httpx.stream("GET", f"{site.url}{PATH}/{job}/events", headers=headers) as answer:
        seen = []
        for line in answer.iter_lines():
            if line.startswith("event: "):
                seen.append(line.removeprefix("event: "))
            if "began" in seen:
                site.gate.set()
    assert seen[-1] == "done"


def test_a_conversion_is_called_off(site):
    job = upload(site).json()["id"]
    assert site.entered.wait(10)
    assert site.ask("DELETE", f"{PATH}/{job}").status_code == 200
    assert site.ended(job)["state"] == "cancelled"
    assert site.ask("GET", f"{PATH}/{job}/result").status_code == 409


def test_a_failure_says_why(site):
    mail = b"From: a@example.org\r\nSubject: hello\r\n\r\nhello\r\n"
    job = upload(site, mail, name="mail.eml").json()["id"]
    shown = site.ended(job)
    assert (shown["state"], shown["reason"]) == ("failed", "nobody can read this")
    answer = site.ask("GET", f"{PATH}/{job}/result")
    assert answer.status_code == 409
    assert "nobody can read this" in answer.text


def test_the_list_has_the_youngest_first(site):
    jobs = [text(site, to="fax").json()["id"] for _ in range(3)]
    found = site.ask("GET", PATH + "?limit=2").json()["conversions"]
    assert [each["id"] for each in found] == [jobs[2], jobs[1]]
    for bad in ("0", "201", "x", "-1"):
        assert site.ask("GET", f"{PATH}?limit={bad}").status_code == 422


@pytest.mark.parametrize("path", ["x", "x/result", "x/events", "..%2f..%2fetc", "a.b"])
def test_what_is_not_there_is_not_found(site, path):
    assert site.ask("GET", f"{PATH}/{path}").status_code == 404


def test_a_name_with_a_path_in_it_stays_a_name(site):
    site.gate.set()
    shown = site.ended(upload(site, name="../../etc/passwd.wav").json()["id"])
    assert shown["result"]["name"] == "passwd.txt"


def test_every_answer_fits_the_description(site):
    """The paths that are described are those that are served, and the references lead somewhere."""
    document = describe()
    schemas = document["components"]["schemas"]

    def references(node):
        if isinstance(node, dict):
            if "$ref" in node:
                yield node["$ref"]
            for value in node.values():
                yield from references(value)
        elif isinstance(node, list):
            for value in node:
                yield from references(value)

    assert {each.rpartition("/")[2] for each in references(document)} <= set(schemas)
    for path, methods in document["paths"].items():
        for method in set(methods) - {"parameters"}:
            answer = site.ask(method, path.replace("{id}", "x"), token="")
            assert answer.status_code == 401
    shown = text(site, to="fax").json()
    assert set(shown) == set(schemas["Conversion"]["properties"])
