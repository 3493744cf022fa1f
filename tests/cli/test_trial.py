"""`doctor --test-connection`: what each kind of server does with a mask, measured on a tiny edit."""

from __future__ import annotations

import pytest

from tests.cli.conftest import Cli
from tests.fakes.faults import script
from tests.fakes.images_server import FakeImagesServer


@pytest.mark.parametrize(
    ("profile", "mask"),
    [("openai", "exact"), ("azure", "exact"), ("dalle2", "exact"), ("sdcpp", "exact"), ("localai", "exact"),
     ("vllm", "exact"), ("aquiles", "ignored")],
)  # fmt: skip
def test_what_becomes_of_the_mask_is_measured(cli: Cli, profile: str, mask: str) -> None:
    with FakeImagesServer(profile, key=None) as server:
        words = ("--base-url", server.url, "--server-profile", profile, "--yes", "--json")
        ran = cli("doctor", "--test-connection", *words)
        assert ran.status == 0, ran.err
        assert ran.json["mask"] == mask
        assert ran.json["size_sent"] == ran.json["size_came"]
        assert len(server.pictures) == 1
        assert server.pictures[0].fields.get("quality", "low") == "low"
    assert cli("history", "list", "--json").json["edits"] == []


def test_a_wrong_profile_shows(cli: Cli) -> None:
    with FakeImagesServer("vllm", key=None) as server:  # reads `mask_image`, and nothing of `mask`
        words = ("--base-url", server.url, "--server-profile", "dalle2", "--yes", "--json")
        assert cli("doctor", "--test-connection", *words).json["mask"] == "ignored"


def test_a_paid_service_is_not_tested_without_consent(cli: Cli, server: FakeImagesServer) -> None:
    ran = cli("doctor", "--test-connection", "--json", "--lang", "en")
    assert ran.status == 2
    assert "--yes" in ran.json["error"]["hint"]
    assert server.requests == []


def test_the_test_is_paid_for_and_counted(cli: Cli, server: FakeImagesServer) -> None:
    ran = cli("doctor", "--test-connection", "--yes", "--lang", "en")
    assert ran.status == 0
    assert "obeys the mask" in ran.out
    findings = {one["name"]: one["detail"] for one in cli("doctor", "--json", "--lang", "en").json["findings"]}
    assert "today $0.01" in findings["Money"]
    assert [request.path for request in server.requests] == ["/v1/images/edits", "/v1/models"]


def test_a_failed_test_speaks_as_a_failed_edit(cli: Cli, server: FakeImagesServer) -> None:
    server.script += script("unverified")
    ran = cli("doctor", "--test-connection", "--yes", "--json")
    assert ran.status == 4
    assert ran.json["error"]["hint"]
