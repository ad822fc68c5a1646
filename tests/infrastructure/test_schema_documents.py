"""What is derived from the contract is current (`make schema-docs`)."""

from local.schema_documents import documents


def test_the_reference_and_appsyncs_definitions_say_what_the_schema_says() -> None:
    outdated = [file.name for file, text in documents().items() if not file.exists() or file.read_text() != text]

    assert outdated == [], "run `make schema-docs`"
