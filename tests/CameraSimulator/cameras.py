#!/usr/bin/python3
"""A real RTSP server for tests and the demo: cameras.py LIST.json

LIST.json: {"port": 0, "user": "u", "password": "p", "mounts": [{"path": "/line", "file": "a.ts"}, {"path": "/tone"}]}
A mount with a file (MPEG-TS, H.264) plays it in an endless loop, never re-encoded; one without is a tone and no picture. With a user, all ask for digest.
Prints "ready PORT" once it listens. Ends with whoever started it.
"""
import ctypes
import json
import os
import signal
import socket
import subprocess
import sys

import gi

gi.require_version("Gst", "1.0")
gi.require_version("GstRtsp", "1.0")
gi.require_version("GstRtspServer", "1.0")
from gi.repository import GLib, Gst, GstRtsp, GstRtspServer  # noqa: E402

PR_SET_PDEATHSIG = 1
LIBC = ctypes.CDLL("libc.so.6", use_errno=True)


def free_udp_port():
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def send_in_a_loop(file, port):
    """ffmpeg keeps timestamps rising over the loop's seam, which GStreamer's own loops do not."""
    return subprocess.Popen(
        ["ffmpeg", "-hide_banner", "-loglevel", "fatal", "-re", "-stream_loop", "-1", "-i", file, "-map", "0:v:0", "-c", "copy",
         "-f", "rtp", "-payload_type", "96", f"rtp://127.0.0.1:{port}?pkt_size=1400"],
        stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, preexec_fn=lambda: LIBC.prctl(PR_SET_PDEATHSIG, signal.SIGKILL))


def launch(mount, senders):
    if "file" not in mount:
        return "( audiotestsrc is-live=true ! audio/x-raw,rate=8000,channels=1 ! mulawenc ! rtppcmupay name=pay0 pt=0 )"
    port = free_udp_port()
    senders.append(send_in_a_loop(mount["file"], port))
    return (f"( udpsrc address=127.0.0.1 port={port} buffer-size=4000000 "
            "caps=\"application/x-rtp,media=video,clock-rate=90000,encoding-name=H264,payload=96\" "
            "! rtpjitterbuffer latency=100 ! rtph264depay ! h264parse config-interval=-1 ! rtph264pay name=pay0 pt=96 )")


def guard(server, user, password):
    auth = GstRtspServer.RTSPAuth()
    auth.set_supported_methods(GstRtsp.RTSPAuthMethod.DIGEST)
    token = GstRtspServer.RTSPToken()
    token.set_string("media.factory.role", "user")
    auth.add_digest(user, password, token)
    server.set_auth(auth)


def main():
    with open(sys.argv[1], encoding="utf-8") as file:
        wanted = json.load(file)
    Gst.init(None)
    parent = os.getppid()
    senders = []
    server = GstRtspServer.RTSPServer()
    server.set_address("127.0.0.1")
    server.set_service(str(wanted.get("port", 0)))
    if "user" in wanted:
        guard(server, wanted["user"], wanted["password"])
    for mount in wanted["mounts"]:
        factory = GstRtspServer.RTSPMediaFactory()
        factory.set_launch(launch(mount, senders))
        factory.set_shared(True)
        factory.add_role_from_structure(Gst.Structure.from_string(
            "user, media.factory.access=(boolean)true, media.factory.construct=(boolean)true")[0])
        server.get_mount_points().add_factory(mount["path"], factory)
    loop = GLib.MainLoop()
    if server.attach(None) == 0:
        sys.exit(f"cameras.py: port {wanted['port']} is in use; end what listens there.")
    for number in (signal.SIGTERM, signal.SIGINT):
        GLib.unix_signal_add(GLib.PRIORITY_DEFAULT, number, loop.quit)
    GLib.timeout_add_seconds(1, lambda: True if os.getppid() == parent else loop.quit())
    print(f"ready {server.get_bound_port()}", flush=True)
    loop.run()
    for sender in senders:
        sender.kill()


main()
