# Sourced: hand pip's package settings (PIP_* and pip.conf) on to uv, which reads only its own. What the user has set
# for uv wins, and no index is named here: hashes decide what may be installed, wherever it comes from.

_pip_setting() { # name: from the environment, else from pip's configuration files
  local variable="PIP_$(tr 'a-z-' 'A-Z_' <<<"$1")"
  if [ -n "${!variable:-}" ]; then
    echo "${!variable}"
  else
    "$python" -m pip config get "global.$1" 2>/dev/null || "$python" -m pip config get "install.$1" 2>/dev/null || true
  fi
}

hand_on_pip_settings() { # python: an interpreter with pip
  local python=$1 value
  if [ -e "${XDG_CONFIG_HOME:-$HOME/.config}/uv/uv.toml" ] || [ -e /etc/uv/uv.toml ] || [ -n "${UV_CONFIG_FILE:-}" ]; then
    return
  fi
  if [ -z "${UV_DEFAULT_INDEX:-}${UV_INDEX_URL:-}" ]; then
    value=$(_pip_setting index-url)
    if [ -n "$value" ]; then export UV_DEFAULT_INDEX="$value"; fi
  fi
  if [ -z "${UV_INDEX:-}${UV_EXTRA_INDEX_URL:-}" ]; then
    value=$(_pip_setting extra-index-url | xargs)
    # as pip does: the best match of all indexes, not only of the first that knows the name
    if [ -n "$value" ]; then export UV_INDEX="$value" UV_INDEX_STRATEGY="${UV_INDEX_STRATEGY:-unsafe-best-match}"; fi
  fi
  if [ -z "${UV_FIND_LINKS:-}" ]; then
    value=$(_pip_setting find-links | xargs | tr ' ' ',')
    if [ -n "$value" ]; then export UV_FIND_LINKS="$value"; fi
  fi
  if [ -z "${SSL_CERT_FILE:-}" ]; then
    value=$(_pip_setting cert)
    if [ -n "$value" ]; then export SSL_CERT_FILE="$value"; fi
  fi
  if [ -z "${UV_OFFLINE:-}" ] && [ "${PIP_NO_INDEX:-}" = 1 ]; then export UV_NO_INDEX=1; fi
  if [ -z "${UV_HTTP_TIMEOUT:-}" ] && [ -n "${PIP_DEFAULT_TIMEOUT:-}" ]; then export UV_HTTP_TIMEOUT="$PIP_DEFAULT_TIMEOUT"; fi
}
