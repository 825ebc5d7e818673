"""Small pictures of what an experiment learns from and of its rate: made aside, kept in memory, drawn in any theme."""
