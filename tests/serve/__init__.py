"""The HTTP application: in this process, but for what needs sockets."""
