console.log('fresh bread');
