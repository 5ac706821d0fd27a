"""What the project is made of: the packages it installs, and those it hands on in the page."""
