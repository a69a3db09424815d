#!/usr/bin/python3
"""A real RTSP server for tests and the demo: cameras.py LIST.json

LIST.json: {"port": 0, "address": "127.0.0.1", "user": "u", "password": "p", "auth": "digest", "mounts": [{"path": "/line", "file": "a.ts"}, {"path": "/tone"}]}
A mount with a file (MPEG-TS) plays it in an endless loop, never re-encoded; one without is a tone and no picture. With a user, all ask for digest, or basic.
A mount may also say: "graph" (ffmpeg's filters, which the file's picture goes through and is encoded), "codec": "H265", "sound": true (a tone beside the picture), "transport": "udp" (refuses TCP) or "tcp", "stamps": "frozen" (every
packet bears the same RTP timestamp) or "wild" (they jump by hours), "loss": 0.05.
Prints "ready PORT" once it listens. Ends with whoever started it.
"""
import ctypes
import json
import os
import random
import signal
import socket
import struct
import subprocess
import sys
import threading

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


PICTURE = ["-map", "0:v:0", "-c", "copy", "-f", "rtp", "-payload_type", "96"]
ENCODED = ["-c:v", "libx264", "-preset", "ultrafast", "-tune", "zerolatency", "-g", "25", "-b:v", "2M", "-pix_fmt", "yuv420p", "-f", "rtp", "-payload_type", "96"]
SOUND = ["-ac", "1", "-ar", "8000", "-c:a", "pcm_mulaw", "-f", "rtp", "-payload_type", "0"]


def send(source, output, port):
    """ffmpeg keeps timestamps rising over a loop's seam, which GStreamer's own loops do not."""
    return subprocess.Popen(
        ["ffmpeg", "-hide_banner", "-loglevel", "fatal", "-re", *source, *output, f"rtp://127.0.0.1:{port}?pkt_size=1400"],
        stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, preexec_fn=lambda: LIBC.prctl(PR_SET_PDEATHSIG, signal.SIGKILL))


TONE = "audiotestsrc is-live=true ! audio/x-raw,rate=8000,channels=1 ! mulawenc ! rtppcmupay"
LOWER = {"udp": GstRtsp.RTSPLowerTrans.UDP, "tcp": GstRtsp.RTSPLowerTrans.TCP}


def forward(port, stamps, loss):
    """Passes packets on as broken cameras and bad lines do; returns where to."""
    onward = free_udp_port()
    source = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    source.bind(("127.0.0.1", port))

    def run():
        sink = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        packet = bytearray(2000)
        while True:
            length = source.recv_into(packet)
            if random.random() < loss:
                continue
            if stamps:
                packet[4:8] = struct.pack(">I", 1234567 if stamps == "frozen" else random.getrandbits(32))
            sink.sendto(memoryview(packet)[:length], ("127.0.0.1", onward))

    threading.Thread(target=run, daemon=True).start()
    return onward


def launch(mount, senders):
    if "file" not in mount:
        return f"( {TONE} name=pay0 pt=0 )"
    port = free_udp_port()
    codec = mount.get("codec", "H264")
    kind = codec.lower()
    caps = f"caps=\"application/x-rtp,media=video,clock-rate=90000,encoding-name={codec},payload=96\""
    spoilt = "stamps" in mount or "loss" in mount
    onward = forward(port, mount.get("stamps"), mount.get("loss", 0)) if spoilt else port
    output = ["-filter_complex", mount["graph"], *ENCODED] if "graph" in mount else PICTURE
    senders.append(send(["-stream_loop", "-1", "-i", mount["file"]], output, port))
    if spoilt:
        return f"( udpsrc address=127.0.0.1 port={onward} buffer-size=4000000 {caps} name=pay0 )"
    sound = ""
    if mount.get("sound"):
        second = free_udp_port()
        senders.append(send(["-f", "lavfi", "-i", "sine"], SOUND, second))
        sound = (f" udpsrc address=127.0.0.1 port={second} caps=\"application/x-rtp,media=audio,clock-rate=8000,encoding-name=PCMU,payload=0\" "
                 "! rtppcmudepay ! rtppcmupay name=pay1 pt=0")
    return (f"( udpsrc address=127.0.0.1 port={port} buffer-size=4000000 {caps} "
            f"! rtpjitterbuffer latency=100 mode=none ! rtp{kind}depay ! {kind}parse config-interval=-1 ! rtp{kind}pay name=pay0 pt=96{sound} )")


def guard(server, user, password, method):
    auth = GstRtspServer.RTSPAuth()
    auth.set_supported_methods(GstRtsp.RTSPAuthMethod.BASIC if method == "basic" else GstRtsp.RTSPAuthMethod.DIGEST)
    token = GstRtspServer.RTSPToken()
    token.set_string("media.factory.role", "user")
    if method == "basic":
        auth.add_basic(GstRtspServer.RTSPAuth.make_basic(user, password), token)
    else:
        auth.add_digest(user, password, token)
    server.set_auth(auth)


def main():
    with open(sys.argv[1], encoding="utf-8") as file:
        wanted = json.load(file)
    Gst.init(None)
    parent = os.getppid()
    senders = []
    server = GstRtspServer.RTSPServer()
    server.set_address(wanted.get("address", "127.0.0.1"))
    server.set_service(str(wanted.get("port", 0)))
    if "user" in wanted:
        guard(server, wanted["user"], wanted["password"], wanted.get("auth", "digest"))
    for mount in wanted["mounts"]:
        factory = GstRtspServer.RTSPMediaFactory()
        factory.set_launch(launch(mount, senders))
        factory.set_shared(True)
        if "transport" in mount:
            factory.set_protocols(LOWER[mount["transport"]])
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
