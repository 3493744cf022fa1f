"""Values and rules: geometry, picture, mask, records, errors, ports. Standard library and numpy only."""
