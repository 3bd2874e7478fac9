"""The only room that touches Composer, LLM-Foundry and Streaming, and that through their registries."""
