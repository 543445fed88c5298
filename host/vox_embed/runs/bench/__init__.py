"""Many runs compared: settings over folds, in processes, taken up again where they stopped."""
