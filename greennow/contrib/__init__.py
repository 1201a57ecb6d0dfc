"""What binds greennow to web frameworks and servers; each module needs the package it is called after."""
