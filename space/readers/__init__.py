"""What people have -> a Case, or a sentence that says what is wrong and what to do."""
