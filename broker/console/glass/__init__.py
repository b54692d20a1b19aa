"""The pages and the mail of a broken glass (`broker.duties.glass` holds its acts)."""
