"""What sets the house up and describes it: local infrastructure, the demo, the broker's and the API's documents."""
