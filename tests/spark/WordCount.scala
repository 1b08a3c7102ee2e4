// Counts words by MapReduce, as every Hadoop has it; the tests compile it with the compiler that Spark brings.
import org.apache.hadoop.conf.{Configuration, Configured}
import org.apache.hadoop.fs.Path
import org.apache.hadoop.io.{IntWritable, LongWritable, Text}
import org.apache.hadoop.mapreduce.lib.input.FileInputFormat
import org.apache.hadoop.mapreduce.lib.output.FileOutputFormat
import org.apache.hadoop.mapreduce.{Job, Mapper, Reducer}
import org.apache.hadoop.util.{Tool, ToolRunner}

class Words extends Mapper[LongWritable, Text, Text, IntWritable] {
  override def map(at: LongWritable, line: Text, context: Mapper[LongWritable, Text, Text, IntWritable]#Context): Unit =
    line.toString.split("\\s+").filter(_.nonEmpty).foreach(word => context.write(new Text(word), new IntWritable(1)))
}

class Sum extends Reducer[Text, IntWritable, Text, IntWritable] {
  override def reduce(
      word: Text,
      counts: java.lang.Iterable[IntWritable],
      context: Reducer[Text, IntWritable, Text, IntWritable]#Context
  ): Unit = {
    var sum = 0
    counts.forEach(count => sum += count.get)
    context.write(word, new IntWritable(sum))
  }
}

class Counting extends Configured with Tool {
  override def run(arguments: Array[String]): Int = {
    val job = Job.getInstance(getConf, "word count")
    job.setJarByClass(classOf[Words])
    job.setMapperClass(classOf[Words])
    job.setReducerClass(classOf[Sum])
    job.setOutputKeyClass(classOf[Text])
    job.setOutputValueClass(classOf[IntWritable])
    FileInputFormat.addInputPath(job, new Path(arguments(0)))
    FileOutputFormat.setOutputPath(job, new Path(arguments(1)))
    if (job.waitForCompletion(true)) 0 else 1
  }
}

object WordCount {
  def main(arguments: Array[String]): Unit =
    System.exit(ToolRunner.run(new Configuration, new Counting, arguments))
}
