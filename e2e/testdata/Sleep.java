/** A JVM that is none of Spark's. */
class Sleep {
    public static void main(String[] args) throws InterruptedException {
        Thread.sleep(600_000);
    }
}
