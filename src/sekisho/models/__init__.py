"""Models: speaks to OpenAI-compatible servers, and runs the model that comes inside packages.

`Models` asks them in order of preference, with time-outs, retries, fallbacks and circuit breakers; `Reply` and
`Stream` are what it answers. A request goes router → upstream → pool → connection, its answer connection → whole or
stream. Nothing here looks at what is said: that is for guards, above.
"""

from sekisho.models.router import Models
from sekisho.models.stream import Stream
from sekisho.models.upstream import Reply

__all__ = ["Models", "Reply", "Stream"]
