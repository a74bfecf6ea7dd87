"""The request as a pure value: how events change it, what the clock makes due, what others see."""
