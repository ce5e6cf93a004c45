"""Reads all that an Xtream server offers with pyxtream, and prints it as JSON.

Standard input: a JSON object with url, user and password. No login is an argument.
"""

import contextlib
import io
import json
import sys
import tempfile

from pyxtream import XTream

asked = json.load(sys.stdin)
# It reports its progress on standard output.
with contextlib.redirect_stdout(io.StringIO()), tempfile.TemporaryDirectory() as cache:
    app = XTream(
        "judge",
        asked["user"],
        asked["password"],
        asked["url"],
        cache_path=cache,
        reload_time_sec=-1,
        validate_json=True,
    )
    is_loaded = app.load_iptv()
    guides = [app.liveEpgByStreamAndLimit(channel.id, 2) for channel in app.channels[:1]]

json.dump(
    {
        "auth": app.auth_data["user_info"]["auth"],
        "isLoaded": is_loaded,
        "groups": sorted(group.name for group in app.groups if group.channels),
        "channels": [[channel.name, channel.id] for channel in app.channels],
        "guides": guides,
    },
    sys.stdout,
)
