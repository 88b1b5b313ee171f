"""The package that grades: hidden tests, trusted calls, sandbox, gradebook and command line.

This file is one of the few that a confined kernel can read, so it says nothing about the tests.
"""

import sys

# jsonschema asks this package about one format, of international web addresses, that the schema of notebooks does not
# have. To import it compiles a grammar, which takes longer than everything else that most commands import.
sys.modules.setdefault("rfc3987_syntax", None)  # type: ignore[arg-type]
