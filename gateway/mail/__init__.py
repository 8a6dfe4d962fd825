"""Mail in and out: read safely, guarded, composed, served by SMTP, fetched by IMAP, sent."""
