"""What the trainer publishes and the app serves: contract, bundle, Hub, network, history."""
