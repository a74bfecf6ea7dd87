"""Makes a tenant with its first admin, or lets an admin in again: the way into a new installation.

    python -m deploy.tenant acme --admin ada@example.org [--name "Acme Inc."]

What is there stays: running it for a person who exists gives them the admin's role and a new
password. The password is printed once, and nowhere kept in the clear.
"""

import argparse
import asyncio
import secrets
import sys
from dataclasses import dataclass

from kernel.directory.directory import Directory
from kernel.directory.principals import Role
from kernel.errors import HandraiseError
from kernel.settings import Settings


@dataclass(frozen=True, slots=True)
class Wanted:
    """Who is to be let in where."""

    tenant: str
    name: str
    email: str


async def let_in(directory: Directory, wanted: Wanted) -> str:
    """Makes what is missing, and gives the admin's new password.

    Raises:
        Invalid: the tenant's id or the address is none.
        Unavailable: Postgres is away.
    """
    if await directory.tenants.get(wanted.tenant) is None:
        await directory.tenants.create(tenant=wanted.tenant, name=wanted.name)
    password = secrets.token_urlsafe(15)
    people = directory.people
    address = wanted.email.lower()
    found = [one for one in await people.every(wanted.tenant) if one.email.lower() == address]
    if found:
        roles = tuple(dict.fromkeys((*found[0].roles, Role.ADMIN)))
        await people.change(
            wanted.tenant, found[0].id, password=password, is_active=True, roles=roles
        )
    else:
        await people.create(
            tenant=wanted.tenant,
            email=wanted.email,
            name=wanted.email.partition("@")[0].capitalize(),
            password=password,
            roles=(Role.ADMIN,),
        )
    return password


async def _run(settings: Settings, wanted: Wanted) -> str:
    directory = await Directory.connect(settings)
    try:
        return await let_in(directory, wanted)
    finally:
        await directory.close()


def main() -> int:
    """Runs it with the arguments and the environment of this process; gives the exit code."""
    parser = argparse.ArgumentParser(
        prog="python -m deploy.tenant",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("tenant", help="its id: lower-case letters, digits, _ and -")
    parser.add_argument("--name", help="what people call it (the id, unless said)")
    parser.add_argument("--admin", required=True, metavar="E-MAIL", help="who may do everything")
    said = parser.parse_args()
    wanted = Wanted(said.tenant, said.name or said.tenant, said.admin)
    settings = Settings.load()
    try:
        password = asyncio.run(_run(settings, wanted))
    except HandraiseError as error:
        print(f"ERROR {error}", file=sys.stderr)
        return 1
    print(f"{wanted.email} may sign in at {settings.public_url} with the password {password}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
