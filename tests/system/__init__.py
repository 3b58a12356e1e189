"""The whole of it: real processes, browsers, text browsers, proxies, several machines, and what breaks."""
