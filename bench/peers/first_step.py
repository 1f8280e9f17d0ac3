"""A new process on its way to a first training step: `python first_step.py REQUEST`, a request of tuning.py as JSON, with "weights".

Imports torch, timm and torchvision, makes the network with the stored weights, lets two workers prepare a batch of pictures, and makes one step. Then
writes one line, {"first_step":true,"peak_rss_mb":x}, and ends."""

import json
import sys

import peer  # First: it takes stdout for the protocol.

import modes
import torch
import tuning

request = json.loads(sys.argv[1])
torch.set_num_threads(int(request['threads']))
layout = modes.layout_of(request['variant'])
job = peer.Timed()
job.model = tuning.prepared(request).to(memory_format=layout)
job.optimizer = peer.adamw(p for p in job.model.parameters() if p.requires_grad)
batches = iter(tuning.loader(request))
x, y = next(batches)
job.descend(peer.loss_of(job.model)(x.to(memory_format=layout), y))
peer.PROTOCOL.write(json.dumps({'first_step': True, **peer.memory({})}) + '\n')
