"""Training of detectors: words at every place of the window, against hours in which they do not occur."""
