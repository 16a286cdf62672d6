"""What each platform is given, and the contract that all of them keep."""
