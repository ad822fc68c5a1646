"""A webhook's URL leads to a public host by its name, and to nothing else."""

import pytest

from domain.errors import ValidationError
from domain.webhook_urls import URL_LENGTH, Destination, destination_of


@pytest.mark.parametrize(
    ("url", "destination"),
    [
        ("https://hooks.example.com", Destination("hooks.example.com", 443, "/")),
        ("https://Hooks.Example.COM/Tasks?a=1&b=%2F", Destination("hooks.example.com", 443, "/Tasks?a=1&b=%2F")),
        ("https://example.com?a", Destination("example.com", 443, "/?a")),
        ("HTTPS://xn--bcher-kva.example/", Destination("xn--bcher-kva.example", 443, "/")),
    ],
)
def test_a_public_name_is_the_target_on_the_port_of_https(url: str, destination: Destination) -> None:
    assert destination_of(url) == destination


REFUSED = {
    "http://hooks.example.com": "must begin with https://",
    "ftp://hooks.example.com": "must begin with https://",
    "//hooks.example.com": "must begin with https://",
    "hooks.example.com": "must begin with https://",
    "https://hooks.example.com:443/": "must have no port, because messages go to 443",
    "https://hooks.example.com:8443/": "must have no port, because messages go to 443",
    "https://hooks.example.com:/": "must have no port, because messages go to 443",
    "https://anna@hooks.example.com/": "must have no user name and no password",
    "https://anna:secret@hooks.example.com/": "must have no user name and no password",
    "https://127.0.0.1@hooks.example.com/": "must have no user name and no password",
    "https://hooks.example.com/#part": "must have no fragment",
    "https://hooks.example.com\\@127.0.0.1/": "must have only the ASCII characters of a URL",
    "https://hooks.example.com/a b": "must have only the ASCII characters of a URL",
    "https://hooks.example.com/\r\nx-y: z": "must have only the ASCII characters of a URL",
    "https://bücher.example/": "must have only the ASCII characters of a URL",
    "https://\uff11\uff12\uff17.0.0.1/": "must have only the ASCII characters of a URL",
    "https://127\u30020\u30020\u30021/": "must have only the ASCII characters of a URL",
    "https://127.0.0.1/": "must name a host by its full public name",
    "https://10.0.0.1/": "must name a host by its full public name",
    "https://93.184.216.34/": "must name a host by its full public name",
    "https://2130706433/": "must name a host by its full public name",
    "https://0x7f.1/": "must name a host by its full public name",
    "https://0x7f000001/": "must name a host by its full public name",
    "https://0177.0.0.1/": "must name a host by its full public name",
    "https://127.1/": "must name a host by its full public name",
    "https://hooks.example.0x7f/": "must name a host by its full public name",
    "https://[::1]/": "must name a host by its full public name",
    "https://[::ffff:127.0.0.1]/": "must name a host by its full public name",
    "https://[fe80::1]:443/": "must name a host by its full public name",
    "https://localhost/": "must name a host by its full public name",
    "https://hooks/": "must name a host by its full public name",
    "https://hooks.example.com./": "must name a host by its full public name",
    "https://-hooks.example.com/": "must name a host by its full public name",
    "https://hooks..example.com/": "must name a host by its full public name",
    "https://hooks.%65xample.com/": "must name a host by its full public name",
    f"https://{'a' * 64}.example.com/": "must name a host by its full public name",
    f"https://{'a.' * 126}com/": "must name a host by its full public name",
    "https:///path": "must name a host by its full public name",
    f"https://example.com/{'a' * URL_LENGTH}": "must be at most 1000 characters",
    "": "must begin with https://",
}


@pytest.mark.parametrize("allows_loopback", [False, True])
@pytest.mark.parametrize("url", REFUSED)
def test_another_url_is_refused_for_the_rule_that_it_breaks(url: str, allows_loopback: bool) -> None:
    if allows_loopback and url in {"https://127.0.0.1/", "https://localhost/"}:
        assert destination_of(url, allows_loopback=True).is_loopback
        return

    with pytest.raises(ValidationError) as failure:
        destination_of(url, allows_loopback=allows_loopback)

    assert failure.value.info["field"] == "url"
    assert str(failure.value.info["rule"]).startswith(REFUSED[url])


def test_the_local_stage_admits_this_machine_at_any_port() -> None:
    assert destination_of("https://127.0.0.1:8443/x", allows_loopback=True) == Destination(
        "127.0.0.1", 8443, "/x", True
    )
    assert destination_of("https://localhost", allows_loopback=True) == Destination("localhost", 443, "/", True)
    with pytest.raises(ValidationError, match="must have a port of at most 65535"):
        destination_of("https://localhost:70000", allows_loopback=True)
