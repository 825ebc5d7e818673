"""The panel of what moves the rate: schedule, callbacks, a rate for each layer."""
