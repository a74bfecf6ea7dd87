"""The documents that the API answers with, as types: they make the OpenAPI page and the tests."""
