"""Many runs: the plan, the jobs, their records on disk, and what they come to in tables and words."""
