"""What training with Keras takes, networks on frames and perceptrons on vectors alike."""
