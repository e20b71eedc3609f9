"""Brings Superset's metadata to the state of the repository: schema, roles, accounts, dashboards.

Run by Superset's own Python: `python provision.py`, with a JSON object on standard input:

    {"bundle": {path: YAML text}, "owned": external_url that marks what is ours,
     "accounts": [{"name", "password", "role"}], "roles": {name: [[permission, view], …]}, "renew": whether Superset's own tables
     and permissions are brought up to date first}

It can be repeated and killed at any moment: every step finds what the step before has left.
"""

from __future__ import annotations

import json
import sys
from typing import Any

import yaml


def main() -> int:
    """Do everything; 0 if all went well."""
    wanted = json.load(sys.stdin)
    from superset.app import create_app

    app = create_app()
    with app.app_context():
        if wanted["renew"]:
            _renew()
        admin = _accounts(wanted["accounts"])
        _import(wanted["bundle"], admin)
        _drop_stale(wanted["bundle"], wanted["owned"])
        _roles(wanted["roles"], wanted["bundle"])
    return 0


def _renew() -> None:
    """Bring the tables up to the installed Superset, and the permissions and roles it comes with."""
    from flask_migrate import upgrade
    from superset import appbuilder, db, security_manager

    upgrade()
    appbuilder.add_permissions(update_perms=True)
    security_manager.sync_role_definitions()
    db.session.commit()


def _accounts(accounts: list[dict[str, str]]) -> Any:
    """Make the accounts that are missing, with the passwords given; returns the first, the administrator."""
    from superset import db, security_manager

    for account in accounts:
        role = security_manager.find_role(account["role"]) or security_manager.add_role(account["role"])
        if security_manager.find_user(username=account["name"]) is None:
            made = security_manager.add_user(
                account["name"],
                account["title"],
                "",
                f"{account['name']}@localhost.invalid",
                role,
                password=account["password"],
            )
            if not made:
                raise RuntimeError(f"account {account['name']} could not be made")
    db.session.commit()
    return security_manager.find_user(username=accounts[0]["name"])


def _import(bundle: dict[str, str], admin: Any) -> None:
    from superset.commands.importers.v1.assets import ImportAssetsCommand
    from superset.utils.core import override_user

    with override_user(admin):
        ImportAssetsCommand(bundle).run()


def _drop_stale(bundle: dict[str, str], owned: str) -> None:
    """Delete what an older state of the repository has left behind; what people have made themselves stays."""
    from superset import db
    from superset.connectors.sqla.models import SqlaTable
    from superset.models.dashboard import Dashboard
    from superset.models.slice import Slice

    kept = {yaml.safe_load(text).get("uuid") for text in bundle.values()}
    for model in (Dashboard, Slice, SqlaTable):
        for one in db.session.query(model).filter(model.external_url == owned):
            if str(one.uuid) not in kept:
                db.session.delete(one)
        db.session.commit()


def _roles(roles: dict[str, list[list[str]]], bundle: dict[str, str]) -> None:
    """Give each role exactly the permissions listed, and the right to read the bundle's datasets."""
    from superset import db, security_manager
    from superset.connectors.sqla.models import SqlaTable

    ours = {yaml.safe_load(text)["uuid"] for path, text in bundle.items() if "/datasets/" in f"/{path}"}
    datasets = [one for one in db.session.query(SqlaTable) if str(one.uuid) in ours]
    for name, permissions in roles.items():
        role = security_manager.find_role(name) or security_manager.add_role(name)
        granted = [_permission(*pair) for pair in permissions]
        granted += [
            security_manager.add_permission_view_menu("datasource_access", dataset.perm)
            for dataset in datasets
        ]
        role.permissions = granted
    db.session.commit()


def _permission(permission: str, view: str) -> Any:
    from superset import security_manager

    found = security_manager.find_permission_view_menu(permission, view)
    if found is None:
        raise RuntimeError(f"Superset knows no permission {permission} on {view}")
    return found


if __name__ == "__main__":
    sys.exit(main())
