"""``python -m tests.suite.ssh_server FOLDER``: an SSH server for this machine's ``ssh``; it prints its port.

The folder gets the files that a client needs: a key and a configuration. Commands run in another folder and with a
separate environment, as on another machine.
"""

import asyncio
import sys
from pathlib import Path

import asyncssh

CONFIGURATION = """
Host far
    HostName 127.0.0.1
    Port {port}
    User someone
    IdentityFile {folder}/key
    IdentitiesOnly yes
    StrictHostKeyChecking no
    UserKnownHostsFile /dev/null
    LogLevel ERROR
"""


async def carry_out(process):
    """Run a client's command in a shell, connected to the client."""
    shell = await asyncio.create_subprocess_shell(
        process.command,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        cwd="/",
        env={"PATH": "/usr/bin:/bin"},
    )
    await process.redirect(shell.stdin, shell.stdout, shell.stderr)
    process.exit(await shell.wait())


async def serve(folder):
    key = asyncssh.generate_private_key("ssh-ed25519")
    key.write_private_key(str(folder / "key"))
    (folder / "key").chmod(0o600)
    server = await asyncssh.listen(
        "127.0.0.1",
        0,
        server_host_keys=[asyncssh.generate_private_key("ssh-ed25519")],
        authorized_client_keys=asyncssh.import_authorized_keys(key.export_public_key().decode()),
        process_factory=carry_out,
        encoding=None,
    )
    text = CONFIGURATION.format(port=server.get_port(), folder=folder)
    (folder / "config").write_text(text, encoding="utf-8")
    print("ready", flush=True)
    await server.wait_closed()


if __name__ == "__main__":
    asyncio.run(serve(Path(sys.argv[1])))
