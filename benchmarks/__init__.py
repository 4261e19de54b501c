"""Our server beside its peers: CPU time, latency and idle cost, measured with wrk."""
