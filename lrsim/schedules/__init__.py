"""The learning rate of every step: schedules, their shapes and keys, callbacks and the timeline."""
