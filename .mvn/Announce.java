/** Says at once what Maven is about to do, as {@code mvnw -q} says nothing until the program starts. */
class Announce {

    public static void main(String[] program) {
        System.out.println("Building " + program[0]
                + ". The first time, Maven fetches the libraries as well (PyTorch's is 110 MB), and says nothing meanwhile.");
    }
}
