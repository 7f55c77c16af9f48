"""What is decided about places: priority areas, why things happen there, measures, joint operations."""
