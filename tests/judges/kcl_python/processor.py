"""One worker's hold of one shard: notes each record in the file JUDGE_NOTES, then checkpoints the batch."""

import os
import time
import uuid

from amazon_kclpy import kcl
from amazon_kclpy.v3 import processor


class Processor(processor.RecordProcessorBase):
    def __init__(self):
        # Each line is written at once: workers have a process for each shard.
        self.notes = os.open(os.environ["JUDGE_NOTES"], os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
        self.hold = str(uuid.uuid4())
        self.shard = None

    def note(self, what, *details):
        now = time.time_ns() // 1000
        os.write(self.notes, (" ".join([str(now), what, self.shard, self.hold, *details]) + "\n").encode())

    def initialize(self, initialize_input):
        self.shard = initialize_input.shard_id
        self.note("begin")

    def process_records(self, process_records_input):
        for record in process_records_input.records:
            self.note("record", record.sequence_number, record.binary_data.decode())
        self.checkpoint(process_records_input.checkpointer)

    def lease_lost(self, lease_lost_input):
        self.note("lost")

    def shard_ended(self, shard_ended_input):
        self.note("end")
        self.checkpoint(shard_ended_input.checkpointer)

    def shutdown_requested(self, shutdown_requested_input):
        self.checkpoint(shutdown_requested_input.checkpointer)

    def checkpoint(self, checkpointer):
        try:
            checkpointer.checkpoint()
        except kcl.CheckpointError as error:
            # At a ShutdownException, the lease has gone to another worker, which reads these records again.
            if error.value != "ShutdownException":
                self.note("wrong", repr(error))


kcl.KCLProcess(Processor()).run()
