"""What every service needs and none owns: the log's rules, the request, topics, codec, outbound."""
