"""The demo: everything that the app needs, without TensorFlow."""
