"""What differs between Linux, macOS and Windows; no other room asks which system this is."""
