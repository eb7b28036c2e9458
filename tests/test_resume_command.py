from rnnkit.resume_command import resume_command, resume_options


def test_resume_command_has_what_its_training_needs_again() -> None:
    with resume_options("--backend jax --num-processes 2"):
        again = resume_command("runs/a b", "train.epochs=3")
    assert again == (
        "rnnkit train 'runs/a b' --resume train.epochs=3 --backend jax --num-processes 2"
    )
    assert resume_command("runs/x") == "rnnkit train runs/x --resume"
