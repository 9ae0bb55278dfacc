# SPDX-License-Identifier: MIT
# Copyright 2026 the Belfry developers

"""Server-sent events as in many tutorials: Flask, with one Redis subscription per stream."""

import os

import redis
from flask import Flask, Response, request

app = Flask(__name__)
store = redis.Redis(port=int(os.environ.get("REDIS_PORT", "6379")))


@app.route("/subscribe")
def subscribe():
    listener = store.pubsub(ignore_subscribe_messages=True)
    listener.subscribe(request.args["topic"])

    def events():
        yield "retry: 2000\n\n"
        for message in listener.listen():
            yield f"data: {message['data'].decode()}\n\n"

    return Response(events(), mimetype="text/event-stream")


@app.route("/publish", methods=["POST"])
def publish():
    store.publish(request.args["topic"], request.get_data())
    return "ok"
