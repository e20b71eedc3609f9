"""Superset's settings; read by Superset itself (`SUPERSET_CONFIG_PATH`), in its own environment.

`GONGKAI_SUPERSET_FOLDER` names the folder in the home that holds the metadata database and the generated key.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from superset.config import THEME_DEFAULT as _SUPERSET_THEME

from dashboards.server_side.chinese import install
from dashboards.server_side.connection import mutate
from dashboards.server_side.look import CHARTS, FONTS, LOGO, PALETTE

_FOLDER = Path(os.environ["GONGKAI_SUPERSET_FOLDER"])

SECRET_KEY = (_FOLDER / "secret_key").read_text("ascii").strip()
SQLALCHEMY_DATABASE_URI = f"sqlite:///{_FOLDER / 'superset.db'}"
DB_CONNECTION_MUTATOR = mutate
FLASK_APP_MUTATOR = install

# Chinese, with the usual grouping of digits
BABEL_DEFAULT_LOCALE = "zh"
LANGUAGES = {"zh": {"flag": "cn", "name": "简体中文"}}
D3_FORMAT = {"decimal": ".", "thousands": ",", "grouping": [3], "currency": ["¥", ""]}
D3_TIME_FORMAT = {
    "dateTime": "%Y年%-m月%-d日 %H:%M",
    "date": "%Y-%m-%d",
    "time": "%H:%M:%S",
    "periods": ["上午", "下午"],
    "days": ["星期日", "星期一", "星期二", "星期三", "星期四", "星期五", "星期六"],
    "shortDays": ["周日", "周一", "周二", "周三", "周四", "周五", "周六"],
    "months": [f"{month}月" for month in range(1, 13)],
    "shortMonths": [f"{month}月" for month in range(1, 13)],
}
DEFAULT_TIMEZONE = "Asia/Shanghai"
APP_NAME = "公开"
LOGO_TARGET_PATH = "/dashboard/list/"
THEME_DEFAULT: dict[str, Any] = {
    **_SUPERSET_THEME,
    "token": {
        **_SUPERSET_THEME["token"],
        "brandAppName": APP_NAME,
        "brandLogoAlt": APP_NAME,
        "brandLogoUrl": LOGO,
        "colorPrimary": PALETTE[0],
        "colorLink": PALETTE[0],
        "fontFamily": FONTS,
    },
}
THEME_DARK = None
EXTRA_CATEGORICAL_COLOR_SCHEMES = [
    {
        "id": "gongkai",
        "label": "公开",
        "description": "",
        "isDefault": True,
        "colors": list(PALETTE),
    }
]
EXTRA_SEQUENTIAL_COLOR_SCHEMES = [
    {
        "id": "gongkai_blue",
        "label": "公开",
        "description": "",
        "isDiverging": False,
        "isDefault": True,
        "colors": list(CHARTS["sequential"]),
    }
]

# Nobody gets in without an account, and accounts are made by the administrator alone
AUTH_USER_REGISTRATION = False
PUBLIC_ROLE_LIKE = None
RATELIMIT_ENABLED = True
# a dashboard loads dozens of scripts at once; what is to be slowed down is the guessing of passwords
RATELIMIT_APPLICATION = "1000 per second"
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
FAB_API_SWAGGER_UI = False
FEATURE_FLAGS = {
    # text from reports is text: nothing in it is markup
    "ESCAPE_MARKDOWN_HTML": False,
    "ENABLE_JAVASCRIPT_CONTROLS": False,
    "ENABLE_TEMPLATE_PROCESSING": False,
    "ALERT_REPORTS": False,
    "THUMBNAILS": False,
    "TAGGING_SYSTEM": False,
    "DRILL_TO_DETAIL": True,
    "DRILL_BY": True,
}
HTML_SANITIZATION = True

# No traffic but to this server. Superset's telemetry pixel is asked for by the browser; this is what forbids it.
TALISMAN_ENABLED = True
TALISMAN_CONFIG = {
    "content_security_policy": {
        "base-uri": ["'self'"],
        "default-src": ["'self'"],
        "img-src": ["'self'", "blob:", "data:"],
        "worker-src": ["'self'", "blob:"],
        "connect-src": ["'self'"],
        "object-src": "'none'",
        "style-src": ["'self'", "'unsafe-inline'"],
        "font-src": ["'self'", "data:"],
        "script-src": ["'self'", "'strict-dynamic'"],
    },
    "content_security_policy_nonce_in": ["script-src"],
    "force_https": False,
    "session_cookie_secure": False,
}

# What is shown is what is published now: no stored answers
DATA_CACHE_CONFIG = {"CACHE_TYPE": "NullCache"}
ROW_LIMIT = 10_000
SQL_MAX_ROW = 100_000
SUPERSET_WEBSERVER_TIMEOUT = 60
LOG_LEVEL = "INFO"
ENABLE_PROXY_FIX = os.environ.get("GONGKAI_DASHBOARD_BEHIND_PROXY") == "1"
