"""What a letter says and how it is built: texts and calendar part. Its context has no field for anything personal."""
